//! Two processes cancel the same payments at the same time: what each claims is true.

use bambora_sandbox::Sandbox;

use crate::command::{against, finish};

const PAYMENTS: usize = 200;

#[test]
fn two_processes_tell_the_truth_about_the_same_payments() {
    let sandbox = Sandbox::start().unwrap();
    let references: Vec<String> = (0..PAYMENTS).map(|n| format!("ORDER-{n}")).collect();
    for reference in &references {
        sandbox.authorize(reference);
    }
    sandbox.random_faults(2016, 20);
    let start = || against(&sandbox, "cancel").args(&references).spawn().unwrap();
    let processes = [start(), start()];
    let mut by_response = 0;
    for process in processes {
        let run = finish(process);
        let objects = run.objects();
        assert_eq!(objects.len(), PAYMENTS, "{}", run.stderr);
        for object in objects {
            let reference = object["reference"].as_str().unwrap();
            let canceled = sandbox.is_canceled(reference);
            match object["outcome"].as_str().unwrap() {
                "canceled" => assert!(canceled, "{object}"),
                "unknown" => {}
                // Only these two touch the payments, and a sandbox without faults refuses only what is canceled.
                other => panic!("{other}: {object}"),
            }
            by_response += usize::from(object["confirmation"] == "response");
        }
    }
    assert!(by_response <= PAYMENTS, "only one of the two can have canceled a payment: {by_response}");
    assert!(by_response > PAYMENTS / 2, "most cancels go through undisturbed: {by_response}");
}
