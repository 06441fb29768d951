//! The cases that notice each mistake. No other case may notice it.

use crate::mistake::Mistake;

/// Lists of cases: `group/variant`, or a whole `group`.
pub(crate) type Noticed = &'static [&'static [&'static str]];

/// The cases that must end in a failure with delivery unknown.
const UNKNOWN: &[&str] = &[
    "bad_content_length",
    "body_limit/endless",
    "body_limit/endless_chunks",
    "body_limit/length_10_gb",
    "body_limit/n_plus_1",
    "drip_body",
    "drip_headers",
    "header_hygiene/cr",
    "header_hygiene/fold",
    "header_hygiene/nul",
    "header_limit/endless",
    "header_limit/over",
    "header_limit/too_many",
    "http_versions/0.9",
    "http_versions/1.0_chunked",
    "http_versions/2.0_line",
    "informational_flood",
    "late_response_after_timeout",
    "never_respond",
    "no_resend",
    "odd_status/000",
    "odd_status/099",
    "odd_status/20",
    "odd_status/2000",
    "proxy_tunnel_breaks",
    "reset_after_request",
    "stale_reuse",
    "tls_drip",
    "tls_no_close_notify",
    "truncated_chunked",
    "truncated_close_delimited_reset",
    "truncated_content_length",
    "unsolicited_101",
];

/// The cases that must end in a failure with delivery not sent.
const NOT_SENT: &[&str] = &[
    "blackhole",
    "dns",
    "handshake_stall",
    "plaintext_url_refused",
    "proxy_breaks",
    "proxy_late",
    "proxy_refuses",
    "proxy_unreachable",
    "refused",
    "tls_rejects",
];

/// The cases in which there is no tunnel through the proxy.
const NO_TUNNEL: &[&str] = &["proxy_breaks", "proxy_late", "proxy_refuses", "proxy_unreachable"];
/// The cases in which there is one.
const TUNNEL: &[&str] = &["proxy_resolves", "proxy_tunnel", "proxy_tunnel_breaks"];

/// Every mistake, and the cases that notice it.
pub(crate) const NOTICED: &[(Mistake, Noticed)] = {
    use Mistake::*;
    &[
        // After a failure.
        (SendsAgain, &[UNKNOWN, &["close_race_stress"]]),
        (SendsAgainWhatAnOldConnectionLost, &[&["close_race_stress", "stale_reuse"]]),
        (SendsAgainWhatAnOldConnectionRefused, &[&["extra_response/with_next_request"]]),
        (SaysNotSentForEverything, &[UNKNOWN, &["close_race_stress"]]),
        (SaysUnknownForEverything, &[NOT_SENT]),
        (
            ShowsCredentialsInErrors,
            &[UNKNOWN, NOT_SENT, &["client_certificate/not_accepted", "close_race_stress", "early_response"]],
        ),
        (LeavesDroppedCallsOpen, &[&["dropped_call"]]),
        (ReusesConnectionsThatTimedOut, &[&["late_response_after_timeout"]]),
        // With redirects, credentials, cookies and proxies.
        (
            FollowsRedirects,
            &[&["redirect_300", "redirect_301", "redirect_302", "redirect_303", "redirect_307", "redirect_308"]],
        ),
        (
            FollowsRedirectsToTheSameOrigin,
            &[&[
                "redirect_300/same",
                "redirect_301/same",
                "redirect_302/same",
                "redirect_303/same",
                "redirect_307/same",
                "redirect_308/same",
            ]],
        ),
        (UsesTheProxyOfTheEnvironment, &[&["proxy_env_ignored"]]),
        (KeepsCookies, &[&["no_cookies_no_added_auth"]]),
        (AddsAuthorization, &[&["auth_once", "no_cookies_no_added_auth"]]),
        // With what is sent.
        (OmitsTheLengthOfNothing, &[&["empty_post_framing"]]),
        (SendsChunks, &[&["body_framing", "empty_post_framing", "nothing_added"]]),
        (AddsAHeader, &[&["nothing_added"]]),
        (NamesTheHostWithoutItsPort, &[&["host_header/other_port", "ipv6_literal_host"]]),
        (RepeatsTheHost, &[&["host_header", "ipv6_literal_host"]]),
        (NamesIpv6WithoutBrackets, &[&["ipv6_literal_host"]]),
        (DropsThePrefix, &[&["path_unchanged/prefix"]]),
        (DropsTheQuery, &[&["path_unchanged/query"]]),
        (UndoesEscapes, &[&["path_unchanged/escapes"]]),
        (LosesTheLastByteOfBodies, &[&["body_framing"]]),
        (SendsBodiesAsText, &[&["body_framing/1000", "body_framing/100000"]]),
        (CutsLongBodies, &[&["body_framing/100000"]]),
        (PostsEverything, &[&["method_unchanged"]]),
        // With connections.
        (WaitsForConnections, &[&["blackhole", "handshake_stall", "proxy_late", "proxy_unreachable/blackhole"]]),
        (SendsInClearText, &[&["plaintext_url_refused"]]),
        (FallsBackToClearText, &[&["tls_rejects"]]),
        (
            TrustsAnyCertificate,
            &[&[
                "tls_rejects/common_name_only",
                "tls_rejects/expired",
                "tls_rejects/not_yet_valid",
                "tls_rejects/self_signed",
                "tls_rejects/unknown_ca",
                "tls_rejects/wrong_host",
                "tls_rejects/wrong_usage",
            ]],
        ),
        (
            IgnoresRootCertificates,
            &[&[
                "client_certificate/accepted",
                "connection_reuse/tls",
                "extra_response/tls_late_100000",
                "extra_response/tls_late_20000",
                "extra_response/tls_late_4",
                "extra_response/tls_same_segment_100000",
                "extra_response/tls_same_segment_20000",
                "extra_response/tls_same_segment_4",
                "proxy_resolves",
                "proxy_tunnel/tls",
                "proxy_tunnel_breaks/tls",
                "tls_accepts",
                "tls_drip",
                "tls_no_close_notify",
            ]],
        ),
        (TrustsAnEndThatTlsDoesNotAnnounce, &[&["tls_no_close_notify"]]),
        (NeverReusesConnections, &[&["connection_reuse", "proxy_tunnel/clear", "proxy_tunnel/tls"]]),
        (IgnoresConnectionClose, &[&["connection_close/close", "connection_close/upper_case"]]),
        (ReusesConnectionsOfHttp10, &[&["connection_close/http_1.0"]]),
        (TakesEarlyResponses, &[&["early_response", "proxy_breaks/surplus"]]),
        (
            KeepsSurplus,
            &[&[
                "extra_response/same_segment",
                "extra_response/tls_late_100000",
                "extra_response/tls_late_20000",
                "extra_response/tls_late_4",
                "extra_response/tls_same_segment_100000",
                "extra_response/tls_same_segment_20000",
                "extra_response/tls_same_segment_4",
            ]],
        ),
        (
            IgnoresLateSurplus,
            &[&[
                "extra_response/late",
                "extra_response/tls_late_100000",
                "extra_response/tls_late_20000",
                "extra_response/tls_late_4",
                "idle_408",
            ]],
        ),
        // With proxies and client certificates.
        (IgnoresTheProxy, &[NO_TUNNEL, TUNNEL]),
        (
            GoesAroundAProxyThatFails,
            &[&[
                "proxy_breaks/endless_head",
                "proxy_breaks/fin",
                "proxy_breaks/half_a_head",
                "proxy_breaks/not_http",
                "proxy_breaks/reset",
                "proxy_late",
                "proxy_refuses",
                "proxy_unreachable",
            ]],
        ),
        (ReturnsRefusalsOfTheProxy, &[&["proxy_refuses"]]),
        (TakesAnyStatusOfTheProxy, &[&["proxy_refuses/407", "proxy_refuses/502"]]),
        (TakesAnyProtocolOfTheProxy, &[&["proxy_breaks/not_http"]]),
        (ReadsHeadsOfTheProxyWithoutALimit, &[&["proxy_breaks/endless_head"]]),
        (ReadsBodiesOfTheProxy, &[&["proxy_tunnel/headers"]]),
        (ResolvesTheOriginItself, &[&["proxy_resolves"]]),
        (
            TellsTheServerTheProxysCredentials,
            &[&["proxy_resolves", "proxy_tunnel", "proxy_tunnel_breaks/server", "proxy_tunnel_breaks/tls"]],
        ),
        (TellsTheProxyTheCredentials, &[TUNNEL, &["proxy_breaks", "proxy_late", "proxy_refuses"]]),
        (ShowsTheProxysPasswordInErrors, &[NO_TUNNEL, &["proxy_tunnel_breaks"]]),
        (SaysNotSentIfTheTunnelBreaks, &[&["proxy_tunnel_breaks"]]),
        (ShowsNoClientCertificate, &[&["client_certificate/accepted"]]),
        // With time.
        (
            WaitsTenTimesAsLong,
            &[&["drip_body", "drip_headers", "late_response_after_timeout", "never_respond", "tls_drip"]],
        ),
        (
            RoundsTimeoutsToSeconds,
            &[&[
                "drip_body",
                "drip_headers",
                "informational_flood",
                "late_response_after_timeout",
                "never_respond",
                "timeout_under_a_second",
                "tls_drip",
            ]],
        ),
        (TimesEachReadAlone, &[&["drip_body", "drip_headers", "tls_drip"]]),
        // With responses.
        (DropsBodiesOfErrors, &[&["error_body", "extra_response/with_next_request"]]),
        (FailsOnErrors, &[&["error_body", "extra_response/with_next_request"]]),
        (HidesCodings, &[&["gzip_bomb", "mislabelled/coding", "unasked_gzip"]]),
        (RefusesCodings, &[&["identity_coding"]]),
        (WantsJson, &[&["mislabelled/media_type"]]),
        (RoundsStatuses, &[&["odd_status"]]),
        (TakesInformationalForFinal, &[&["informational", "informational_flood", "unsolicited_101"]]),
        (SwitchesProtocols, &[&["unsolicited_101"]]),
        // With the end of responses.
        (TrustsTruncatedBodies, &[&["drip_body", "truncated_content_length"]]),
        (TrustsTruncatedChunks, &[&["truncated_chunked"]]),
        (TakesAResetForTheEnd, &[&["truncated_close_delimited_reset"]]),
        (
            TakesABadLengthForNone,
            &[&[
                "bad_content_length/blank_inside",
                "bad_content_length/empty",
                "bad_content_length/fraction",
                "bad_content_length/hexadecimal",
                "bad_content_length/list_differing",
                "bad_content_length/negative",
                "bad_content_length/overflow",
                "bad_content_length/plus",
                "bad_content_length/word",
            ]],
        ),
        (ReadsSignsInLengths, &[&["bad_content_length/plus"]]),
        (TakesTheFirstLength, &[&["bad_content_length/two_differing"]]),
        (RefusesARepeatedLength, &[&["identical_content_lengths"]]),
        (ReadsBodiesOfBodylessStatuses, &[&["bodyless"]]),
        (RefusesChunks, &[&["chunked"]]),
        (RefusesChunkExtensions, &[&["chunked/extensions"]]),
        (RefusesTrailers, &[&["chunked/trailers"]]),
        (LosesTheLastChunk, &[&["chunked"]]),
        // With limits.
        (AllowsOneByteTooMany, &[&["body_limit/n_plus_1"]]),
        (AllowsOneByteTooFew, &[&["body_limit/n"]]),
        (
            CutsBodiesAtTheLimit,
            &[&["body_limit/endless", "body_limit/endless_chunks", "body_limit/length_10_gb", "body_limit/n_plus_1"]],
        ),
        (IgnoresHeadLimits, &[&["header_limit/over", "header_limit/too_many"]]),
        (CutsHeads, &[&["header_limit/endless", "header_limit/over", "header_limit/too_many"]]),
        (HasLittleRoomForHeads, &[&["header_limit/under"]]),
        // With heads.
        (ForgivesControlCharacters, &[&["header_hygiene/cr", "header_hygiene/fold", "header_hygiene/nul"]]),
        (ReadsHeadsAsText, &[&["header_hygiene/high_bytes"]]),
        (TakesAnyVersion, &[&["http_versions/2.0_line"]]),
        (UnderstandsHttp11Only, &[&["connection_close/http_1.0", "http_versions/1.0"]]),
        (UnderstandsHttp09, &[&["http_versions/0.9"]]),
        (UndoesChunksInHttp10, &[&["http_versions/1.0_chunked"]]),
    ]
};
