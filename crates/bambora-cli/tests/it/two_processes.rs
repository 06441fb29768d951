//! Two processes cancel the same payments at the same time: each claims the truth.

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
    let start = || {
        against(&sandbox)
            .arg("cancel")
            .args(&references)
            .spawn()
            .unwrap()
    };
    let processes = [start(), start()];
    let mut by_answer = 0;
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
                // Nobody but these two touches the payments, and a faultless sandbox refuses only what is canceled.
                other => panic!("{other}: {object}"),
            }
            by_answer += usize::from(object["basis"] == "answer");
        }
    }
    assert!(
        by_answer <= PAYMENTS,
        "only one of the two can have canceled a payment: {by_answer}"
    );
    assert!(
        by_answer > PAYMENTS / 2,
        "most cancels go through undisturbed: {by_answer}"
    );
}
