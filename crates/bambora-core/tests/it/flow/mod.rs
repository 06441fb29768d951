//! The safe cancel, explored.

mod broken_flows;
mod checkpoints;
mod explorer;
mod flow_graph;
pub(crate) mod flow_under_test;
mod model_server;
mod observations;
mod outcomes;
pub(crate) mod properties;
pub(crate) mod responses;
mod tables;
mod waits;

use broken_flows as broken;
use explorer::{Bounds, Explorer, Tally};
use flow_under_test::{Budgets, FlowUnderTest, Real};

/// What is explored without `BAMBORA_LONG_TESTS`: one process at a time, with the default budgets.
const ONE_AFTER_THE_OTHER: Bounds =
    Bounds { budgets: Budgets { further_cancels: 2, queries: 5 }, events: 1, resumes: 2, at_once: 1, late: 2 };

/// Two processes at once, that take up any checkpoint of each other.
const TWO_AT_ONCE: Bounds =
    Bounds { budgets: Budgets { further_cancels: 2, queries: 3 }, events: 1, resumes: 2, at_once: 2, late: 1 };

fn are_long_tests_wanted() -> bool {
    std::env::var_os("BAMBORA_LONG_TESTS").is_some()
}

/// Explores everything, and prints how much that was.
fn explore<F: FlowUnderTest>(bounds: Bounds) -> Result<Tally, String> {
    let started = std::time::Instant::now();
    let tally = Explorer::<F>::explore(bounds)?;
    println!("{bounds:?}: {tally}; {:?}", started.elapsed());
    Ok(tally)
}

fn explore_the_real_flow(bounds: Bounds) {
    let tally = explore::<Real>(bounds).unwrap_or_else(|violation| panic!("{violation}"));
    assert!(tally.states > 10_000, "{tally}");
    for outcome in ["canceled", "refused", "not_sent", "unknown"] {
        assert!(tally.ends_as(outcome) > 0, "no schedule ends as {outcome}: {tally}");
    }
}

#[test]
fn no_schedule_makes_the_flow_claim_what_is_not_so() {
    let deeper = u8::from(are_long_tests_wanted());
    explore_the_real_flow(Bounds { events: 1 + deeper, resumes: 2 + deeper, ..ONE_AFTER_THE_OTHER });
}

#[test]
fn no_schedule_of_two_processes_makes_them_claim_what_is_not_so() {
    let deeper = u8::from(are_long_tests_wanted());
    explore_the_real_flow(Bounds { resumes: 2 + deeper, late: 1 + deeper, ..TWO_AT_ONCE });
}

#[test]
fn other_budgets_hold_as_well() {
    for (further_cancels, queries) in [(0, 1), (1, 2), (4, 2)] {
        let budgets = Budgets { further_cancels, queries };
        explore::<Real>(Bounds { budgets, ..ONE_AFTER_THE_OTHER }).unwrap_or_else(|violation| panic!("{violation}"));
    }
}

macro_rules! caught {
    ($($name:ident: $mistake:ident => $violation:literal,)*) => {
        $(#[test]
        fn $name() {
            let budgets = Budgets { further_cancels: 1, queries: 3 };
            let bounds = Bounds { budgets, resumes: 2, late: 1, ..TWO_AT_ONCE };
            let violation = explore::<broken::Broken<broken::$mistake>>(bounds).expect_err("the mistake goes unnoticed");
            assert!(violation.contains($violation), "{violation}");
        })*
    };
}

caught! {
    resending_after_no_response_is_caught: ResendsAfterNoResponse => "unresolved",
    resending_after_a_server_error_is_caught: ResendsAfterServerError => "unresolved",
    trusting_a_422_is_caught: Trusts422 => "claims refused",
    trusting_a_404_in_doubt_is_caught: Trusts404 => "claims refused",
    trusting_a_foreign_problem_is_caught: TrustsForeignProblems => "claims refused",
    trusting_an_undocumented_status_is_caught: TrustsUndocumentedStatuses => "claims refused",
    trusting_a_reused_connection_is_caught: TrustsReusedConnections => "unresolved",
    refusing_on_a_reused_connection_is_caught: RefusesOnAReusedConnection => "claims refused",
    taking_authorized_for_a_refusal_is_caught: TakesAuthorizedForARefusal => "refused",
    taking_voided_for_a_refusal_is_caught: TakesVoidedForARefusal => "Voided",
    ignoring_an_operation_in_progress_is_caught: IgnoresOperationInProgress => "claims canceled",
    forgetting_the_budget_is_caught: ForgetsTheBudget => "more cancel requests than the budget",
    forgetting_the_attempts_in_a_checkpoint_is_caught: ForgetsAttempts => "more cancel requests than the budget",
    starting_anew_after_a_resume_is_caught: StartsAnewAfterResume => "does not query first",
    forgetting_the_doubt_after_a_resume_is_caught: ForgetsDoubt => "refused",
    a_checkpoint_before_the_first_request_is_caught: HasACheckpointFromTheStart => "before the first request",
    taking_a_first_checkpoint_for_nothing_sent_is_caught: TakesAFirstCheckpointForNothingSent => "does not query first",
    keeping_the_checkpoint_of_an_outcome_is_caught: KeepsItsCheckpoint => "and a checkpoint",
    refusing_on_a_problem_after_a_resume_is_caught: RefusesOnAProblemAfterResume => "refused on a problem alone",
    calling_a_resumed_flow_not_sent_is_caught: CallsAResumedFlowNotSent => "not sent, though it was resumed",
    trusting_another_reference_is_caught: TrustsAnotherReference => "claims canceled",
    trusting_any_200_is_caught: TrustsAny200 => "claims canceled",
    calling_no_response_not_sent_is_caught: CallsUnknownNotSent => "claims not sent",
    never_giving_up_is_caught: NeverGivesUp => "does not end",
}
