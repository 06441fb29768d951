//! Any text where a value is expected: what is accepted keeps the rules, round-trips, and makes requests that other people's URL and
//! HTTP parsers read as they were meant.

#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::sync::LazyLock;

use bambora_core::operations::{AuthorizeTokenPayment, CardToken, Comment};
use bambora_core::posting::PostingKey;
use bambora_core::{
    Amount, Api, BaseUrl, CancelPayment, CapturePayment, Credentials, Currency, Escaped, MerchantNumber,
    MerchantSecret, MerchantToken, Operation, PaymentReference, PaymentState, Problem, QueryPayment,
};
use bambora_fuzz::json::Json;
use http::Request;
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

static API: LazyLock<Api> = LazyLock::new(|| {
    Api::new(Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    ))
});

fuzz_target!(|input: &[u8]| {
    // The first byte says which parser reads the rest.
    let Some((which, text)) = input.split_first().and_then(|(which, text)| Some((which, str::from_utf8(text).ok()?)))
    else {
        return;
    };
    match which {
        b'u' => base_url(text),
        b'r' => reference(text),
        b'c' => comment(text),
        b'k' => key(text),
        b'm' => merchant(text),
        b's' => credentials(text),
        b'a' => amount(text),
        _ => names(text),
    }
});

/// Checks that a text is kept as it is, or that it is refused without a word of it.
fn accepted<T: FromStr<Err: Display> + Display + PartialEq + Debug>(text: &str, is_valid: bool) -> Option<T> {
    let parsed = text.parse::<T>();
    assert_eq!(
        parsed.is_ok(),
        is_valid,
        "{text:?}: {}",
        parsed.as_ref().map_or_else(ToString::to_string, ToString::to_string)
    );
    let value = parsed.ok()?;
    assert_eq!(value.to_string(), text);
    Some(value)
}

fn has_characters(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn reference(text: &str) {
    let is_valid = has_characters(text, 2_000) && text != "." && text != "..";
    let Some(reference) = accepted::<PaymentReference>(text, is_valid) else {
        return;
    };
    let request = check_request(&API, &CancelPayment::new(reference.clone()), "POST");
    let segments = ["payments", text, "cancel", ""];
    assert_eq!(segments_of(&request), segments);
    let request = check_request(&API, &QueryPayment::new(reference), "GET");
    assert_eq!(segments_of(&request), ["payments", text, ""]);
}

fn merchant(text: &str) {
    let is_valid = has_characters(text, 256) && !text.contains([':', '@']);
    let Some(number) = accepted::<MerchantNumber>(text, is_valid) else {
        return;
    };
    let query = QueryPayment::new("A".parse().unwrap()).for_merchant(number);
    let request = check_request(&API, &query, "GET");
    let url = Url::parse(&request.uri().to_string()).unwrap();
    // A plus sign would be a space in a form, so it must not be there as one.
    let pairs: Vec<_> = url.query_pairs().collect();
    assert_eq!(pairs, [("merchant".into(), text.into())]);
}

fn comment(text: &str) {
    if let Some(comment) = accepted::<Comment>(text, text.chars().count() <= 256) {
        let capture = CapturePayment::new("A".parse().unwrap(), Amount::from(7)).with_comment(comment);
        let request = check_request(&API, &capture, "POST");
        let body = Json::read(request.body()).expect("a body that is not JSON");
        assert_eq!(body.member("amount"), Some(&Json::Number("7")));
        assert!(
            matches!(body.member("comment"), Some(Json::Text(written)) if written.meaning.as_deref() == Some(text))
        );
    }
}

fn key(text: &str) {
    let is_valid = has_characters(text, 256) && text.trim() == text;
    accepted::<PostingKey>(text, is_valid);
    if let Ok(key) = PostingKey::with_suffix(text, text.len() as u64) {
        let suffix = format!("#{:016x}", text.len());
        let kept = key.as_str().strip_suffix(&suffix).expect("a key without its suffix");
        assert_eq!(kept.trim_end(), text.trim_end());
        accepted::<PostingKey>(key.as_str(), true);
    }
}

/// The three parts, each in a line.
fn credentials(text: &str) {
    let mut parts = text.split('\n').map(str::to_owned);
    let [Some(number), Some(token), Some(secret)] = [parts.next(), parts.next(), parts.next()] else {
        return;
    };
    let parts = (MerchantNumber::new(&number), MerchantToken::new(&token), MerchantSecret::new(&secret));
    assert_eq!(parts.1.is_ok(), has_characters(&token, 1_000) && !token.contains(':'));
    assert_eq!(parts.2.is_ok(), has_characters(&secret, 1_000));
    let (Ok(merchant), Ok(merchant_token), Ok(merchant_secret)) = parts else {
        return;
    };
    assert!(format!("{merchant_token:?}{merchant_secret:?}") == "MerchantToken([redacted])MerchantSecret([redacted])");
    let credentials = Credentials::new(merchant, merchant_token, merchant_secret);
    let header = credentials.authorization();
    assert!(header.is_sensitive());
    let encoded = header.to_str().unwrap().strip_prefix("Basic ").expect("another scheme");
    let decoded = String::from_utf8(decode_base64(encoded)).expect("the parts are texts");
    // It can be read in one way only.
    let (user, decoded_secret) = decoded.split_once(':').expect("a colon");
    assert_eq!(user.rsplit_once('@'), Some((token.as_str(), number.as_str())));
    assert_eq!(decoded_secret, secret);
}

fn decode_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for byte in text.trim_end_matches('=').bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte).expect("a digit of base64");
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}

fn amount(text: &str) {
    let currency = text.get(..3).unwrap_or(text);
    accepted::<Currency>(currency, matches!(currency.as_bytes(), [b'A'..=b'Z', b'A'..=b'Z', b'A'..=b'Z']));
    let Ok(minor_units) = text.get(3..).unwrap_or_default().parse::<i64>() else {
        return;
    };
    let amount = Amount::try_from(minor_units);
    assert_eq!(amount.is_ok(), minor_units >= 0);
    let (Ok(amount), Ok(currency)) = (amount, currency.parse()) else {
        return;
    };
    assert_eq!(amount.to_string(), minor_units.to_string());
    let token = CardToken::new("a-card-token").unwrap();
    let authorize = AuthorizeTokenPayment::new("A".parse().unwrap(), currency, amount, token);
    let request = check_request(&API, &authorize, "POST");
    let body = Json::read(request.body()).expect("a body that is not JSON");
    assert_eq!(body.member("amount"), Some(&Json::Number(&minor_units.to_string())));
}

/// Names that the API may add to, which are kept as they are.
fn names(text: &str) {
    let Ok(state) = text.parse::<PaymentState>();
    assert_eq!(state.as_str(), text);
    let problem = Problem::new(404, text);
    assert!(problem.type_uri.trim().trim_end_matches('/').ends_with(problem.kind().as_str()));
    for shown in [state.to_string(), problem.to_string(), Escaped(text).to_string()] {
        assert!(!shown.chars().any(char::is_control), "{shown:?} has control characters");
    }
    assert_eq!(CardToken::new(text).is_ok(), !text.is_empty());
}

fn base_url(text: &str) {
    let Ok(base_url) = BaseUrl::new(text) else {
        return check_cleartext(text);
    };
    assert_eq!(base_url.to_string().parse::<BaseUrl>().as_ref(), Ok(&base_url));
    let api = API.clone().with_base_url(base_url.clone());
    let request = check_request(&api, &CancelPayment::new("A/B".parse().unwrap()), "POST");
    let prefix = base_url.to_string();
    assert!(text.strip_suffix('/').unwrap_or(text).eq_ignore_ascii_case(&prefix), "{text:?} became {prefix:?}");
    assert_eq!(request.uri().to_string(), format!("{prefix}/payments/A%2FB/cancel/"));
    // Some hosts are none for a web browser, like 1.2.3.4.5; nobody resolves them to anything.
    if let Ok(url) = Url::parse(text) {
        assert_eq!(url.port_or_known_default(), Some(base_url.port()));
        assert!(base_url.is_https() || is_loopback(&url), "credentials in clear text to {url}");
        assert_eq!(url.username(), "");
        assert_eq!((url.password(), url.query(), url.fragment()), (None, None, None));
    }
}

/// What is only accepted with clear text may not be accepted without that word.
fn check_cleartext(text: &str) {
    if let Ok(base_url) = BaseUrl::dangerously_allow_cleartext_credentials(text) {
        assert!(!base_url.is_https(), "refused without a reason: {text:?}");
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Checks a request as another HTTP and another URL library read it.
fn check_request<O: Operation>(api: &Api, operation: &O, method: &str) -> Request<Vec<u8>> {
    let request = api.request(operation);
    assert_eq!(request.method(), method);
    let target = request.uri().path_and_query().expect("a path").as_str();
    if let Ok(url) = Url::parse(&request.uri().to_string()) {
        let read = &url[url::Position::BeforePath..];
        assert_eq!(read, target, "another library reads another path");
    }
    let mut head = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    let mut headers = [httparse::EMPTY_HEADER; 8];
    let mut parsed = httparse::Request::new(&mut headers);
    assert_eq!(parsed.parse(&head), Ok(httparse::Status::Complete(head.len())));
    assert_eq!((parsed.method, parsed.path), (Some(method), Some(target)));
    assert_eq!(parsed.headers.len(), request.headers().len());
    let length = request.body().len().to_string();
    assert_eq!(request.headers()["content-length"], length.as_str());
    request
}

/// The segments of the path, decoded.
fn segments_of(request: &Request<Vec<u8>>) -> Vec<String> {
    request.uri().path().split('/').skip(1).map(decode_percent).collect()
}

fn decode_percent(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let [byte, more @ ..] = rest {
        rest = more;
        if let (b'%', [high, low, more @ ..]) = (*byte, more) {
            let digits = [*high, *low];
            bytes.push(u8::from_str_radix(str::from_utf8(&digits).expect("two digits"), 16).expect("two digits"));
            rest = more;
        } else {
            assert!(
                byte.is_ascii_alphanumeric() || b"-._~".contains(byte),
                "a character that means something in a path"
            );
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).expect("a segment that is UTF-8")
}
