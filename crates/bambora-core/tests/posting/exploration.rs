//! Captures and refunds, explored.

use bambora_core::posting::PostingKind;

use super::broken_flows as broken;
use super::explorer::{Bounds, Explorer, Tally};
use super::flow_under_test::{FlowUnderTest, Real, Terms};
use super::responses::KINDS;

/// One process at a time, with the default number of postings.
const ONE_AFTER_THE_OTHER: Bounds = Bounds {
    terms: Terms { kind: PostingKind::Capture, further_posts: 2, queries: 4, opt_in: false },
    events: 1,
    resumes: 2,
    begins: 1,
    at_once: 1,
    late: 1,
    is_reused: false,
    is_stale: true,
    periods: 0,
};

/// Two processes at once, that take up any checkpoint of each other.
const TWO_AT_ONCE: Bounds = Bounds {
    terms: Terms { further_posts: 1, queries: 3, ..ONE_AFTER_THE_OTHER.terms },
    at_once: 2,
    ..ONE_AFTER_THE_OTHER
};

const REUSED: Bounds = Bounds { is_reused: true, ..TWO_AT_ONCE };

/// One more posting after an hour was opted for. A stale checkpoint does not know of it, so the newest only is resumed.
const POST_AGAIN: Bounds = Bounds {
    terms: Terms { further_posts: 1, queries: 4, opt_in: true, ..ONE_AFTER_THE_OTHER.terms },
    begins: 0,
    is_stale: false,
    periods: 2,
    ..ONE_AFTER_THE_OTHER
};

fn of_kind(kind: PostingKind, bounds: Bounds) -> Bounds {
    let terms = Terms { kind, ..bounds.terms };
    Bounds { terms, ..bounds }
}

/// Explores everything, and prints how much that was.
fn explore<F: FlowUnderTest>(bounds: Bounds) -> Result<Tally, String> {
    let started = std::time::Instant::now();
    let tally = Explorer::<F>::explore(bounds)?;
    println!("{bounds:?}: {tally}; {:?}", started.elapsed());
    Ok(tally)
}

fn explore_both_kinds(bounds: Bounds) {
    for kind in KINDS {
        let tally = explore::<Real>(of_kind(kind, bounds));
        let tally = tally.unwrap_or_else(|violation| panic!("{violation}"));
        assert!(tally.states > 3_000, "{tally}");
        for end in [
            "posted Response",
            "posted Query",
            "posted Already",
            "RefusedByProblem",
            "RefusedByState",
            "RefusedByKey",
            "NotSent",
            "Unknown",
        ] {
            assert!(tally.ends_as(end) > 0, "nothing ends as {end}: {tally}");
        }
        let most = 1 + u8::from(bounds.terms.opt_in);
        assert_eq!(tally.most_effects, most, "{tally}");
    }
}

fn deeper() -> u8 {
    u8::from(std::env::var_os("BAMBORA_LONG_TESTS").is_some())
}

#[test]
fn no_schedule_posts_twice_or_makes_the_flow_claim_what_is_not_so() {
    explore_both_kinds(Bounds { events: 1 + deeper(), resumes: 2 + deeper(), ..ONE_AFTER_THE_OTHER });
}

#[test]
fn no_schedule_of_two_processes_posts_twice() {
    explore_both_kinds(Bounds { late: 1 + deeper(), ..TWO_AT_ONCE });
}

#[test]
fn no_schedule_on_reused_connections_posts_twice() {
    explore_both_kinds(REUSED);
}

#[test]
fn a_flow_that_opts_for_it_posts_at_most_once_more() {
    explore_both_kinds(POST_AGAIN);
}

#[test]
fn other_budgets_hold_as_well() {
    for (further_posts, queries) in [(0, 1), (0, 2), (3, 2)] {
        let terms = Terms { further_posts, queries, ..TWO_AT_ONCE.terms };
        let bounds = Bounds { terms, ..TWO_AT_ONCE };
        explore::<Real>(bounds).unwrap_or_else(|violation| panic!("{violation}"));
    }
}

macro_rules! caught {
    ($($name:ident: $mistake:ident, $bounds:expr => $violation:literal,)*) => {
        $(#[test]
        fn $name() {
            for kind in KINDS {
                let explored = explore::<broken::Broken<broken::$mistake>>(of_kind(kind, $bounds));
                let violation = explored.expect_err("the mistake goes unnoticed");
                let is_expected = $violation.split('|').any(|rule| violation.starts_with(rule));
                assert!(is_expected, "{violation}");
            }
        })*
    };
}

caught! {
    posting_again_after_no_response_is_caught: PostsAgainAfterNoResponse, TWO_AT_ONCE => "posts in doubt|claims not sent",
    posting_again_after_a_server_error_is_caught: PostsAgainAfterServerError, TWO_AT_ONCE => "posts in doubt|claims not sent",
    posting_again_when_a_query_does_not_show_it_is_caught: PostsAgainIfAbsent, TWO_AT_ONCE => "posts in doubt|a resumed flow posts",
    matching_by_amount_only_is_caught: MatchesByAmountOnly, TWO_AT_ONCE => "claims posted",
    matching_by_key_only_is_caught: MatchesByKeyOnly, TWO_AT_ONCE => "claims posted",
    posting_with_a_used_key_is_caught: IgnoresAUsedKey, TWO_AT_ONCE => "posts with a used key",
    trusting_any_success_status_is_caught: TrustsAnySuccessStatus, TWO_AT_ONCE => "claims posted",
    trusting_another_payment_is_caught: TrustsAnotherPayment, TWO_AT_ONCE => "claims posted",
    trusting_a_problem_in_doubt_is_caught: TrustsAProblemInDoubt, TWO_AT_ONCE => "claims refused",
    trusting_a_foreign_problem_is_caught: TrustsAForeignProblem, TWO_AT_ONCE => "claims refused",
    taking_voided_for_a_refusal_is_caught: TakesVoidedForARefusal, ONE_AFTER_THE_OTHER => "claims refused",
    forgetting_the_first_query_is_caught: ForgetsTheFirstQuery, TWO_AT_ONCE => "posts before a query",
    taking_absent_as_proof_is_caught: TakesAbsentAsProof, TWO_AT_ONCE => "claims refused",
    resuming_as_new_is_caught: ResumesAsNew, TWO_AT_ONCE => "a resumed flow posts|posts in doubt",
    taking_a_429_on_a_reused_connection_as_no_effect_is_caught: Trusts429OnAReusedConnection, REUSED => "posts in doubt|claims not sent",
    taking_a_409_on_a_reused_connection_as_no_effect_is_caught: Trusts409OnAReusedConnection, REUSED => "posts in doubt|claims not sent",
    taking_a_422_on_a_reused_connection_as_a_refusal_is_caught: Trusts422OnAReusedConnection, REUSED => "claims refused",
    querying_first_on_a_reused_connection_is_caught: QueriesFirstOnAReusedConnection, ONE_AFTER_THE_OTHER => "posted more often|claims posted by",
    ignoring_an_operation_in_progress_is_caught: IgnoresOperationInProgress, TWO_AT_ONCE => "claims posted",
    trusting_a_state_without_comments_is_caught: TrustsAStateWithoutComments, TWO_AT_ONCE => "claims refused|resumed to \"refused",
    calling_no_response_not_sent_is_caught: CallsNoResponseNotSent, TWO_AT_ONCE => "claims not sent",
    calling_a_resumed_flow_not_sent_is_caught: CallsAResumedFlowNotSent, TWO_AT_ONCE => "claims not sent",
    taking_a_429_for_a_query_as_no_effect_is_caught: Trusts429OfAQuery, TWO_AT_ONCE => "claims not sent",
    forgetting_the_budget_is_caught: ForgetsTheBudget, TWO_AT_ONCE => "more postings than the budget",
    never_giving_up_is_caught: NeverGivesUp, TWO_AT_ONCE => "more queries than the budget|the resumed flow does not end",
    posting_again_too_early_is_caught: PostsAgainTooEarly, POST_AGAIN => "posts in doubt",
    posting_again_after_each_resume_is_caught: PostsAgainAfterEachResume, POST_AGAIN => "posts in doubt",
}
