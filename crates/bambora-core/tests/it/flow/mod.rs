//! The safe cancel, explored.

mod broken_flows;
mod explorer;
mod flow_under_test;
mod model_server;
mod properties;
mod waits;

use broken_flows as broken;
use explorer::{Explorer, Tally};
use flow_under_test::{FlowUnderTest, Real};

/// Explores everything, and says how much that was.
fn explore<F: FlowUnderTest>(explorer: &Explorer) -> Result<Tally, String> {
    explorer.explore::<F>()
}

#[test]
fn no_fault_schedule_makes_the_flow_claim_what_is_not_so() {
    let tally = explore::<Real>(&Explorer::with_default_budgets())
        .unwrap_or_else(|violation| panic!("{violation}"));
    println!("{tally}");
    assert!(tally.states > 10_000, "{tally}");
    for (kind, outcomes) in tally.outcomes() {
        assert!(outcomes > 0, "no schedule ends as {kind}: {tally}");
    }
}

#[test]
fn other_budgets_hold_as_well() {
    for (further_cancels, queries) in [(0, 1), (1, 2), (4, 2)] {
        let tally = explore::<Real>(&Explorer::with_budgets(further_cancels, queries));
        println!(
            "{}",
            tally.unwrap_or_else(|violation| panic!("{violation}"))
        );
    }
}

macro_rules! caught {
    ($($name:ident: $flow:ty => $violation:literal,)*) => {
        $(#[test]
        fn $name() {
            let violation = explore::<$flow>(&Explorer::with_budgets(1, 3)).expect_err("the mistake goes unnoticed");
            assert!(violation.contains($violation), "{violation}");
        })*
    };
}

caught! {
    resending_after_no_answer_is_caught: broken::ResendsAfterNoAnswer => "unresolved",
    resending_after_a_server_error_is_caught: broken::ResendsAfterServerError => "unresolved",
    trusting_a_422_is_caught: broken::Trusts422 => "refused",
    trusting_a_404_in_doubt_is_caught: broken::Trusts404 => "refused",
    taking_authorized_as_proof_is_caught: broken::TakesAuthorizedAsProof => "Refused",
    ignoring_an_operation_in_progress_is_caught: broken::IgnoresOperationInProgress => "canceled",
    forgetting_the_budget_is_caught: broken::ForgetsTheBudget => "budget",
    forgetting_the_attempts_in_a_checkpoint_is_caught: broken::ForgetsAttempts => "budget",
    forgetting_the_doubt_in_a_checkpoint_is_caught: broken::ForgetsDoubt => "already canceled",
    posting_first_after_a_resume_is_caught: broken::PostsAfterResume => "unresolved",
    trusting_another_reference_is_caught: broken::TrustsAnotherReference => "canceled",
    trusting_any_200_is_caught: broken::TrustsAny200 => "canceled",
    calling_no_answer_not_sent_is_caught: broken::CallsUnknownNotSent => "not sent",
    never_giving_up_is_caught: broken::NeverGivesUp => "does not end",
}
