//! What must hold of `machine`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use tenancy::records::{
    OperationRecord, OperationStatus, REGISTRATION_STEPS, StepStatus, WEBSITE_STEPS,
};

use super::{Next, done, failed, given_up, next, undone};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn operation(steps: &[&str]) -> OperationRecord {
    OperationRecord::pending(
        ID.parse().unwrap(),
        "test",
        steps,
        ID.parse().unwrap(),
        ID.parse().ok(),
        NOW,
    )
}

/// Makes an operation of one letter a step: `.` pending, `s` succeeded, `f` failed, `F` failed and
/// cleaned up, `c` compensated.
fn drawn(steps: &str, status: OperationStatus) -> OperationRecord {
    let mut drawn = operation(&vec!["step"; steps.len()]);
    drawn.status = status;
    for (step, letter) in drawn.steps.iter_mut().zip(steps.chars()) {
        (step.status, step.ended_at) = match letter {
            '.' => (StepStatus::Pending, None),
            's' => (StepStatus::Succeeded, Some(NOW)),
            'f' => (StepStatus::Failed, None),
            'F' => (StepStatus::Failed, Some(NOW)),
            'c' => (StepStatus::Compensated, Some(NOW)),
            other => panic!("there is no step `{other}`"),
        };
    }
    drawn
}

#[test]
fn what_comes_next_follows_from_how_far_it_got() {
    let table = [
        ("....", Next::Do(0)),
        ("s...", Next::Do(1)),
        ("sss.", Next::Do(3)),
        ("f...", Next::Undo(0)),
        ("ssf.", Next::Undo(2)),
        ("ssF.", Next::Undo(1)),
        ("scF.", Next::Undo(0)),
        ("ccF.", Next::GiveUp),
        ("F...", Next::GiveUp),
    ];
    for (steps, expected) in table {
        let status = OperationStatus::Running;
        assert_eq!(next(&drawn(steps, status)), expected, "{steps}");
    }
    for status in [OperationStatus::Succeeded, OperationStatus::Failed] {
        assert_eq!(next(&drawn("s.f.", status)), Next::Nothing);
    }
}

#[test]
fn a_failed_operation_still_says_which_step_failed_and_why() {
    let before = drawn("ss..", OperationStatus::Running);
    let mut after = failed(&before, 2, "why");
    assert_eq!(after.status, OperationStatus::Running);
    for position in [2, 1, 0] {
        assert_eq!(next(&after), Next::Undo(position));
        after = undone(&after, position, NOW);
    }
    assert_eq!(next(&after), Next::GiveUp);
    let after = given_up(&after, NOW);
    let statuses: Vec<_> = after.steps.iter().map(|step| step.status).collect();
    assert_eq!(
        statuses,
        [
            StepStatus::Compensated,
            StepStatus::Compensated,
            StepStatus::Failed,
            StepStatus::Pending,
        ]
    );
    assert_eq!(after.reason.as_deref(), Some("why"));
    assert_eq!(after.status, OperationStatus::Failed);
    assert_eq!(after.ended_at, Some(NOW));
}

/// What becomes of one attempt at what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is done and noted.
    Done,
    /// It has its effect, and the worker dies before it is noted.
    Forgotten,
    /// The worker dies before it has any effect.
    Nothing,
    /// It is impossible, after a part of its effect.
    Impossible,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Done),
        2 => Just(Fate::Forgotten),
        2 => Just(Fate::Nothing),
        1 => Just(Fate::Impossible),
    ]
}

/// A world in which each step has one effect.
struct World {
    operation: OperationRecord,
    effects: BTreeSet<usize>,
    has_beginning: bool,
    is_going_back: bool,
}

impl World {
    fn attempt(&mut self, fate: Fate) {
        match (next(&self.operation), fate) {
            (Next::Nothing, _) | (_, Fate::Nothing) => {}
            (Next::Do(step), fate) => {
                assert!(!self.is_going_back, "a step was done on the way back");
                self.effects.insert(step);
                match fate {
                    Fate::Done => self.operation = done(&self.operation, step, NOW),
                    Fate::Impossible => {
                        self.operation = failed(&self.operation, step, "why");
                        self.is_going_back = true;
                    }
                    Fate::Forgotten | Fate::Nothing => {}
                }
            }
            (Next::Undo(step), fate) => {
                let later: Vec<_> = self.effects.range(step + 1..).collect();
                assert!(later.is_empty(), "{later:?} stand on step {step}");
                self.effects.remove(&step);
                if fate == Fate::Done {
                    self.operation = undone(&self.operation, step, NOW);
                }
            }
            (Next::GiveUp, fate) => {
                // What was there at the beginning goes in one transaction with the note.
                if fate == Fate::Done {
                    self.has_beginning = false;
                    self.operation = given_up(&self.operation, NOW);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn it_ends_with_everything_or_nothing(
        fates in proptest::collection::vec(fate(), 0..60),
        is_website in any::<bool>(),
    ) {
        let steps: &[&str] = if is_website { &WEBSITE_STEPS } else { &REGISTRATION_STEPS };
        let mut world = World {
            operation: operation(steps),
            effects: BTreeSet::new(),
            has_beginning: true,
            is_going_back: false,
        };
        for fate in fates {
            let before = world.operation.clone();
            world.attempt(fate);
            if next(&before) == Next::Nothing {
                prop_assert_eq!(&before, &world.operation, "what ended changes no more");
            }
        }
        for _ in 0..=2 * steps.len() {
            world.attempt(Fate::Done);
        }
        prop_assert_eq!(next(&world.operation), Next::Nothing, "it ends");
        prop_assert!(world.operation.ended_at.is_some());
        if world.operation.status == OperationStatus::Succeeded {
            prop_assert!(!world.is_going_back && world.has_beginning);
            prop_assert_eq!(world.effects.len(), steps.len());
        } else {
            prop_assert_eq!(world.operation.status, OperationStatus::Failed);
            prop_assert!(world.is_going_back && !world.has_beginning);
            prop_assert!(world.effects.is_empty(), "every effect is undone");
        }
    }
}
