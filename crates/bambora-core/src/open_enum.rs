//! Enums of names that the API may add to.

/// Defines an enum of names with `as_str`, `From<&str>` and an escaped `Display`. A name that is not in the list becomes
/// `Other`.
macro_rules! open_enum {
    (
        $(#[$enum_attribute:meta])*
        pub enum $enum:ident {
            $($(#[$attribute:meta])* $variant:ident = $name:literal,)*
        }
    ) => {
        $(#[$enum_attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $enum {
            $($(#[$attribute])* $variant,)*
            /// A name that no document mentions.
            Other(String),
        }

        impl $enum {
            /// Returns the name as the API spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }
        }

        impl From<&str> for $enum {
            fn from(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Other(name.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::escaped::Escaped(self.as_str()).fmt(f)
            }
        }
    };
}

pub(crate) use open_enum;
