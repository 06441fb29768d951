//! The mistakes that a transport can make.

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    // After a failure.
    SendsAgain,
    SendsAgainWhatAnOldConnectionLost,
    SendsAgainWhatAnOldConnectionRefused,
    SaysNotSentForEverything,
    SaysUnknownForEverything,
    ShowsCredentialsInErrors,
    LeavesDroppedCallsOpen,
    ReusesConnectionsThatTimedOut,
    // With redirects, credentials, cookies and proxies.
    FollowsRedirects,
    FollowsRedirectsToTheSameOrigin,
    UsesTheProxyOfTheEnvironment,
    KeepsCookies,
    AddsAuthorization,
    // With what is sent.
    OmitsTheLengthOfNothing,
    SendsChunks,
    AddsAHeader,
    NamesTheHostWithoutItsPort,
    RepeatsTheHost,
    NamesIpv6WithoutBrackets,
    DropsThePrefix,
    DropsTheQuery,
    UndoesEscapes,
    LosesTheLastByteOfBodies,
    SendsBodiesAsText,
    CutsLongBodies,
    PostsEverything,
    // With connections.
    WaitsForConnections,
    SendsInClearText,
    FallsBackToClearText,
    TrustsAnyCertificate,
    IgnoresRootCertificates,
    TrustsAnEndThatTlsDoesNotAnnounce,
    NeverReusesConnections,
    IgnoresConnectionClose,
    ReusesConnectionsOfHttp10,
    TakesEarlyResponses,
    KeepsSurplus,
    IgnoresLateSurplus,
    // With proxies and client certificates.
    IgnoresTheProxy,
    GoesAroundAProxyThatFails,
    ReturnsRefusalsOfTheProxy,
    TakesAnyStatusOfTheProxy,
    TakesAnyProtocolOfTheProxy,
    ReadsHeadsOfTheProxyWithoutALimit,
    ReadsBodiesOfTheProxy,
    ResolvesTheOriginItself,
    TellsTheServerTheProxysCredentials,
    TellsTheProxyTheCredentials,
    ShowsTheProxysPasswordInErrors,
    SaysNotSentIfTheTunnelBreaks,
    ShowsNoClientCertificate,
    // With time.
    WaitsTenTimesAsLong,
    RoundsTimeoutsToSeconds,
    TimesEachReadAlone,
    // With responses.
    DropsBodiesOfErrors,
    FailsOnErrors,
    HidesCodings,
    RefusesCodings,
    WantsJson,
    RoundsStatuses,
    TakesInformationalForFinal,
    SwitchesProtocols,
    // With the end of responses.
    TrustsTruncatedBodies,
    TrustsTruncatedChunks,
    TakesAResetForTheEnd,
    TakesABadLengthForNone,
    ReadsSignsInLengths,
    TakesTheFirstLength,
    RefusesARepeatedLength,
    ReadsBodiesOfBodylessStatuses,
    RefusesChunks,
    RefusesChunkExtensions,
    RefusesTrailers,
    LosesTheLastChunk,
    // With limits.
    AllowsOneByteTooMany,
    AllowsOneByteTooFew,
    CutsBodiesAtTheLimit,
    IgnoresHeadLimits,
    CutsHeads,
    HasLittleRoomForHeads,
    // With heads.
    ForgivesControlCharacters,
    ReadsHeadsAsText,
    TakesAnyVersion,
    UnderstandsHttp11Only,
    UnderstandsHttp09,
    UndoesChunksInHttp10,
}

/// The mistakes of one transport: none or one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mistakes(Option<Mistake>);

impl Mistakes {
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn one(mistake: Mistake) -> Self {
        Self(Some(mistake))
    }

    pub(crate) fn only(self) -> Option<Mistake> {
        self.0
    }

    pub(crate) fn has(self, mistake: Mistake) -> bool {
        self.0 == Some(mistake)
    }
}
