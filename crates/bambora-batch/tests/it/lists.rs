//! Lists as they come from spreadsheets, databases and other systems.

use std::io::{Read, Write as _};

use bambora_batch::{Entry, Format, InputError, InvalidEntry, References};
use proptest::prelude::*;

fn read(list: &[u8], format: &Format) -> Result<Vec<Entry>, InputError> {
    References::new(list, format)?.collect()
}

/// Each reference with its line, or the beginning of why there is none.
fn texts(list: &[u8], format: &Format) -> Vec<(u64, String)> {
    read(list, format)
        .unwrap()
        .into_iter()
        .map(|entry| {
            let text = entry
                .reference
                .map_or_else(|error| format!("! {}", &error.to_string()[..12]), |reference| reference.to_string());
            (entry.line, text)
        })
        .collect()
}

fn expect(list: &[u8], format: &Format, expected: &[(u64, &str)]) {
    let found = texts(list, format);
    let found: Vec<_> = found.iter().map(|(line, text)| (*line, text.as_str())).collect();
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(list));
}

#[test]
fn lines_with_any_ending_and_any_mark() {
    let lines = Format::Lines;
    expect(b"A\nB", &lines, &[(1, "A"), (2, "B")]);
    expect(b"\xef\xbb\xbfA\r\nB\r\n", &lines, &[(1, "A"), (2, "B")]);
    expect(b"\n\r\n  \nA\n\n", &lines, &[(4, "A")]);
    expect(b"", &lines, &[]);
    expect(b"\xef\xbb\xbf", &lines, &[]);
    expect("ä/1,\"x\"\n".as_bytes(), &lines, &[(1, "ä/1,\"x\"")]);
    expect(
        b"A\n..\n\xff\nB\tC\nD",
        &lines,
        &[(1, "A"), (2, "! a payment re"), (3, "! it is not UT"), (4, "! the payment "), (5, "D")],
    );
}

#[test]
fn a_line_of_any_length_is_one_invalid_entry() {
    let longest = "é".repeat(2_000);
    let mut list = format!("{longest}\n").into_bytes();
    list.extend(vec![b'x'; 1_000_000]);
    list.extend(b"\nB\n");
    let entries = read(&list, &Format::Lines).unwrap();
    assert_eq!(entries.len(), 3);
    assert!(entries[0].reference.is_ok());
    assert_eq!(entries[1].reference, Err(InvalidEntry::TooLong));
    assert_eq!(entries[2].line, 3);
}

#[test]
fn blanks_around_a_reference_are_kept_and_told() {
    let list = " A\nB \nC D\n\u{feff}E\nF\u{200b}\n";
    let entries = read(list.as_bytes(), &Format::Lines).unwrap();
    let blanks: Vec<_> = entries.iter().map(Entry::has_outer_blanks).collect();
    assert_eq!(blanks, [true, true, false, true, true]);
    assert_eq!(entries[0].reference.as_ref().unwrap().as_str(), " A");
}

#[test]
fn a_column_of_csv_with_everything_that_csv_has() {
    let order = Format::csv("order");
    expect(
        b"\xef\xbb\xbforder,amount\r\n\"A,1\",5\r\n\r\n\"say \"\"B\"\"\",6\r\nC,7",
        &order,
        &[(2, "A,1"), (4, "say \"B\""), (5, "C")],
    );
    expect(b"amount,order\n5,A\n6\n,\n", &order, &[(2, "A"), (3, "! the record h"), (4, "! the payment ")]);
    expect(b"amount;order\n5;A\n", &order.clone().delimiter(b';'), &[(2, "A")]);
}

#[test]
fn lines_are_counted_whatever_is_between_them() {
    let list = b"order,note\n\n  \n\r\nA,\"1\n2\n3\"\n\n\n\"B\nC\",\nD,\n \nE\n";
    let expected = [(5, "! the record g"), (10, "! the record g"), (12, "D"), (14, "E")];
    expect(list, &Format::csv("order"), &expected);
}

#[test]
fn a_column_that_is_not_there_or_there_twice_is_told() {
    let order = Format::csv("order");
    let error = read(b"Order;amount\nA;1\n", &order).unwrap_err();
    assert!(error.to_string().contains("only [\"Order;amount\"]"), "{error}");
    assert!(matches!(read(b"order,order\nA,B\n", &order), Err(InputError::AmbiguousColumn { .. })));
    assert!(matches!(read(b"", &order), Err(InputError::NoColumn { .. })));
}

#[test]
fn utf_16_is_told() {
    for list in [b"\xff\xfeA\0\n\0", b"\xfe\xff\0A\0\n"] {
        for format in [Format::Lines, Format::csv("A")] {
            assert!(matches!(read(list, &format), Err(InputError::Utf16)));
        }
    }
}

/// Gives records forever.
struct Endless(&'static [u8]);

impl Read for Endless {
    fn read(&mut self, mut buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.write(self.0)
    }
}

#[test]
fn a_record_that_does_not_end_does_not_take_all_memory() {
    let list = b"order\nA\n\"B\n".as_slice().chain(Endless(b"more\n"));
    let mut references = References::new(list, &Format::csv("order")).unwrap();
    assert!(references.next().unwrap().is_ok());
    let error = references.next().unwrap().unwrap_err();
    assert!(error.to_string().contains("begins on line 3"), "{error}");
    assert!(references.next().is_none());
}

/// Without an error, the payments of the next lines would be missing.
/// `ORDER` is another payment than `ORDER,2`.
#[test]
fn a_record_with_more_values_than_columns_is_invalid() {
    let list = b"reference,amount\nORDER,2,100\nA,1,\nB,1, \r\nC\n";
    let entries = read(list, &Format::csv("reference")).unwrap();
    assert!(matches!(entries[0].reference, Err(InvalidEntry::TooManyValues { values: 3, columns: 2, .. })));
    assert!(entries[1..].iter().all(|entry| entry.reference.is_ok()));
}

#[test]
fn a_record_may_be_as_long_as_a_megabyte() {
    let list = format!("reference,note\nA,{}\nB,\n", "x".repeat(1_000_000));
    expect(list.as_bytes(), &Format::csv("reference"), &[(2, "A"), (3, "B")]);
}

#[test]
fn a_quotation_mark_that_is_closed_on_another_line_makes_its_record_invalid() {
    let order = Format::csv("order");
    for list in ["order,note\nA,\"20 inch\nB,\"30 inch\nC,ok\n", "order,note\r\nA,\"20 inch\r\nB,30 inch\"\r\nC,ok"] {
        let entries = read(list.as_bytes(), &order).unwrap();
        let [spanning, good] = &entries[..] else { panic!("{entries:?}") };
        let error = spanning.reference.as_ref().unwrap_err();
        assert!(matches!(error, InvalidEntry::SpansLines { last: 3, .. }), "{error:?}");
        assert!(error.to_string().contains("goes on to line 3, since a quotation mark"), "{error}");
        assert_eq!((spanning.line, good.line), (2, 4));
    }
    let last = read(b"order,note\nA,\"two\nlines\n\"", &order).unwrap();
    assert!(
        matches!(last[..], [Entry { line: 2, reference: Err(InvalidEntry::SpansLines { last: 4, .. }), .. }]),
        "{last:?}"
    );
}

#[test]
fn a_quotation_mark_that_is_never_closed_is_told() {
    for (list, line) in [
        ("reference,note\nQ1,\"20 inch\nQ2,ok\nQ3,ok\n", 2),
        ("reference,note\nQ1,ok\n\nQ2,\"20 inch", 4),
        ("reference,note\r\nQ1,ok\r\nQ2,\"\r\n", 3),
        ("reference\n\"Q1\n", 2),
    ] {
        let error = read(list.as_bytes(), &Format::csv("reference")).unwrap_err();
        assert!(matches!(error, InputError::UnclosedQuote { line: found, .. } if found == line), "{list:?}: {error}");
        assert!(
            error.to_string().contains(&format!("line {line} has a quotation mark that is never closed")),
            "{error}"
        );
    }
    for list in ["reference,\"note\nQ1,ok\nQ2,ok\n", "reference,\"a\nnote\"\nQ1,ok\n"] {
        let error = read(list.as_bytes(), &Format::csv("reference")).unwrap_err();
        assert!(matches!(error, InputError::HeaderSpansLines), "{list:?}: {error}");
    }
}

#[test]
fn a_list_without_end_is_read_as_it_comes() {
    for (header, format) in [("", Format::Lines), ("a\n", Format::csv("a"))] {
        let list = header.as_bytes().chain(Endless(b"ORDER-1\n"));
        let references = References::new(list, &format).unwrap();
        assert_eq!(references.take(300_000).filter(Result::is_ok).count(), 300_000);
    }
}

#[test]
fn the_longest_line_is_read_whole_and_one_more_byte_is_too_many() {
    // Each character takes four bytes, and the file has its mark and two bytes at the end of each line.
    let longest = "𝄞".repeat(2_000);
    let list = format!("\u{feff}{longest}\r\n{longest}x\r\n{longest}\r\n");
    let entries = read(list.as_bytes(), &Format::Lines).unwrap();
    let found: Vec<_> = entries.iter().map(|entry| (entry.line, entry.reference.is_ok())).collect();
    assert_eq!(found, [(1, true), (2, false), (3, true)]);
    let line = "x".repeat(8_006);
    let entries = read(format!("{line}\nB\n").as_bytes(), &Format::Lines).unwrap();
    assert_eq!(entries[0].reference, Err(InvalidEntry::TooLong));
    assert_eq!((entries.len(), entries[1].line), (2, 2));
}

/// Fails once everything before was read.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the disk is gone"))
    }
}

#[test]
fn a_list_that_cannot_be_read_any_further_ends_with_the_reason() {
    for (header, format) in [("", Format::Lines), ("a\n", Format::csv("a"))] {
        let list = header.as_bytes().chain(&b"A\nB\n"[..]).chain(Broken);
        let mut entries = References::new(list, &format).unwrap();
        assert!(entries.next().unwrap().is_ok() && entries.next().unwrap().is_ok());
        let error = entries.next().unwrap().unwrap_err();
        assert!(matches!(&error, InputError::Read(_)) && error.to_string().contains("the disk is gone"), "{error}");
        assert!(entries.next().is_none());
    }
    assert!(matches!(References::new(Broken, &Format::csv("a")), Err(InputError::Read(_))));
}

#[test]
fn an_error_shows_so_many_columns_and_so_much_of_each() {
    let header = format!("{}\n", vec!["é".repeat(50); 30].join(","));
    let Err(InputError::NoColumn { columns, .. }) = read(header.as_bytes(), &Format::csv("a")) else {
        panic!("it is found");
    };
    assert_eq!(columns, vec!["é".repeat(40); 20]);
}

#[test]
fn debug_shows_what_is_read_and_nothing_of_the_list() {
    let list = References::new(&b"order\nSECRET\n"[..], &Format::csv("order")).unwrap();
    let debug = format!("{list:?}");
    assert!(debug.contains("\"order\"") && !debug.contains("SECRET"), "{debug}");
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_reading_ends(list in any::<Vec<u8>>(), csv in any::<bool>()) {
        let format = if csv { Format::csv("a") } else { Format::Lines };
        let list = [if csv { b"a\n".as_slice() } else { b"" }, &list].concat();
        let breaks = list.iter().filter(|byte| **byte == b'\n').count();
        if let Ok(entries) = read(&list, &format) {
            prop_assert!(entries.len() <= breaks + 1);
            prop_assert!(entries.is_sorted_by(|one, next| one.line < next.line));
        }
    }
}
