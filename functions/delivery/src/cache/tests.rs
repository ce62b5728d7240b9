//! What must hold of `cache`.

use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, ManualClock};

use super::{Memory, TimedMemory};

#[test]
fn what_is_asked_for_stays_and_the_rest_goes() {
    let memory = Memory::new(10);
    memory.insert(0, "asked for");
    for number in 1..1_000 {
        memory.insert(number, "not");
        assert_eq!(memory.get(&0), Some("asked for"), "after {number}");
    }
    assert_eq!(memory.get(&1), None);
}

#[test]
fn there_are_never_more_entries_than_the_bound() {
    let memory = Memory::new(10);
    for number in 0..1_000 {
        memory.insert(number, ());
        let generations = memory.lock();
        let entries = generations.young.len() + generations.old.len();
        assert!(entries <= 10, "{entries} entries after {number}");
    }
}

#[test]
fn what_is_heavy_takes_the_place_of_much_that_is_light() {
    let memory = Memory::new(2_000);
    for number in 0..500 {
        memory.insert_weighed(number, (), 2);
    }
    assert!(
        (0..500).all(|number| memory.get(&number).is_some()),
        "they fit"
    );
    memory.insert_weighed(500, (), 1_001);
    assert_eq!(memory.get(&500), None, "it would be alone");
    for number in 501..600 {
        memory.insert_weighed(number, (), 900);
        let generations = memory.lock();
        let both = generations.young.values().chain(generations.old.values());
        let weight: usize = both.map(|known| known.weight).sum();
        assert!(weight <= 2_000, "{weight} after {number}");
    }
    memory.insert_weighed(599, (), 1);
    memory.insert_weighed(600, (), 999);
    assert!(memory.get(&599).is_some(), "it weighs what it weighs now");
}

#[test]
fn a_newer_answer_takes_the_place_of_an_older_one_in_either_generation() {
    let memory = Memory::new(4);
    memory.insert("key", 1);
    memory.insert("key", 2);
    assert_eq!(memory.get(&"key"), Some(2));
    memory.insert("b", 0);
    memory.insert("c", 0);
    memory.insert("key", 3);
    memory.insert("d", 0);
    memory.insert("e", 0);
    assert_eq!(memory.get(&"key"), Some(3));
}

#[test]
fn an_answer_is_true_for_its_life_and_not_a_millisecond_longer() {
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let memory = TimedMemory::new(10, SignedDuration::from_secs(10));
    memory.insert("host", 1, clock.now());
    clock.advance(SignedDuration::from_millis(9_999));
    assert_eq!(memory.get(&"host", clock.now()), Some(1));
    clock.advance(SignedDuration::from_millis(1));
    assert_eq!(memory.get(&"host", clock.now()), None);
    memory.insert("host", 2, clock.now());
    assert_eq!(memory.get(&"host", clock.now()), Some(2));
}

#[test]
fn an_answer_from_the_future_is_not_believed() {
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let memory = TimedMemory::new(10, SignedDuration::from_secs(10));
    memory.insert("host", 1, clock.now());
    clock.advance(SignedDuration::from_secs(-1));
    assert_eq!(memory.get(&"host", clock.now()), None);
}
