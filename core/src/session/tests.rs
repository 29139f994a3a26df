//! Back, forth, and another way.

use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    config::Config,
    id::NodeName,
    sim::{Fault, WorldView},
};

const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec: {containers: [{name: c, image: 'busybox:1.36', command: [sh, -c, 'sleep 3; exit 1']}]}
";

fn node() -> NodeName {
    "node01".into()
}

fn begin() -> Session {
    let mut world = World::new(7);
    world.add_node(Config { node: node(), ..Config::default() }).unwrap();
    Session::new(world)
}

fn write(session: &mut Session, name: &str) {
    let text = POD.replace("NAME", name).into_bytes();
    session.act(|world| world.write(&node(), &format!("{name}.yaml"), text)).unwrap();
}

fn play(session: &mut Session, seconds: u64) {
    let until = session.moment().at + Duration::from_secs(seconds);
    assert_eq!(session.play(until, &mut || false), Ok(Played::Whole));
    assert_eq!(session.moment().at, until);
}

fn go(session: &mut Session, at: Time) {
    session.seek(at);
    assert!(session.is_seeking());
    while session.play(Time::ZERO, &mut || true).unwrap() == Played::Part {}
}

fn names(session: &Session) -> Vec<Arc<str>> {
    session.world().list(&node()).unwrap()
}

#[test]
fn a_moment_looks_as_it_did() {
    let mut session = begin();
    let mut seen: Vec<(Time, WorldView)> = Vec::new();
    for round in 0..40 {
        if round % 10 == 0 {
            write(&mut session, &format!("p{round}"));
        }
        play(&mut session, 7);
        seen.push((session.moment().at, session.world().view()));
    }
    assert!(session.moment().steps > marks::SPACING, "{:?}", session.moment());
    let end = session.end();
    let recording = session.recording();
    for (at, view) in seen.iter().rev().chain(&seen) {
        go(&mut session, *at);
        assert_eq!(session.moment().at, *at);
        assert!(session.world().view() == *view, "at {at}");
    }
    assert_eq!(session.end(), end);
    assert_eq!(session.recording(), recording, "looking changes nothing");
    assert!(!session.is_past());
}

#[test]
fn the_past_goes_on_as_it_did() {
    let mut session = begin();
    write(&mut session, "a");
    play(&mut session, 30);
    write(&mut session, "b");
    play(&mut session, 30);
    let (end, view) = (session.end(), session.world().view());
    go(&mut session, Time::ZERO + Duration::from_secs(10));
    assert_eq!(names(&session), ["a.yaml".into()]);
    assert!(session.is_past());
    play(&mut session, 50);
    assert_eq!(session.moment(), end);
    assert!(session.world().view() == view);
}

#[test]
fn acting_in_the_past_begins_another_course() {
    let mut session = begin();
    write(&mut session, "a");
    play(&mut session, 30);
    write(&mut session, "b");
    play(&mut session, 30);
    let view = session.world().view();
    go(&mut session, Time::ZERO + Duration::from_secs(10));
    let asked = session.act(|world| world.list(&node()).unwrap());
    assert_eq!((asked.len(), session.inputs().len()), (1, 3), "looking is no deed");
    write(&mut session, "c");
    play(&mut session, 60);
    assert_eq!(names(&session), ["a.yaml".into(), "c.yaml".into()]);
    let other = session.world().view();
    assert!(session.undo());
    session.arrive();
    assert!(session.is_past(), "the course that was left has its own future again");
    play(&mut session, 50);
    assert!(session.world().view() == view);
    assert!(session.redo());
    session.arrive();
    assert!(session.world().view() == other);
}

#[test]
fn what_was_done_can_be_undone_and_done_again() {
    let mut session = begin();
    assert!(!session.can_undo() && !session.undo() && !session.redo());
    for name in ["a", "b", "c"] {
        write(&mut session, name);
        play(&mut session, 5);
    }
    let (end, view) = (session.end(), session.world().view());
    for left in ["a.yaml b.yaml", "a.yaml", ""] {
        assert!(session.undo());
        session.arrive();
        assert_eq!(names(&session).join(" "), left);
    }
    assert!(!session.undo());
    for _ in 0..3 {
        assert!(session.redo());
    }
    session.arrive();
    assert_eq!(session.end(), end);
    assert!(session.world().view() == view && !session.can_redo());
    session.undo();
    write(&mut session, "d");
    assert!(!session.can_redo(), "another deed has taken its place");
}

#[test]
fn a_recording_opens_at_its_moment() {
    let mut session = begin();
    write(&mut session, "a");
    play(&mut session, 20);
    session.act(|world| world.inject(&node(), &Fault::RuntimeDown)).unwrap();
    play(&mut session, 20);
    let (view, end, recording) = (session.world().view(), session.end(), session.recording());
    let mut opened = Session::open(World::new(recording.seed), recording.clone(), None).unwrap();
    let mut calls = 0;
    while opened.play(Time::ZERO, &mut || true).unwrap() == Played::Part {
        calls += 1;
    }
    assert!(calls > 3);
    assert!(opened.world().view() == view);
    assert_eq!((opened.end(), opened.recording()), (end, recording.clone()));
    let early = Moment { at: Time::ZERO + Duration::from_secs(10), ..end };
    let mut opened = Session::open(World::new(recording.seed), recording.clone(), Some(early)).unwrap();
    opened.arrive();
    assert_eq!((opened.moment().at, opened.is_past()), (early.at, true));
    let error =
        Session::open(World::new(1), Recording { version: 9, ..recording }, None).map(drop).unwrap_err();
    assert_eq!(error.to_string(), "the recording has version 9, this is version 1: make it again");
}

#[test]
fn a_recording_that_cannot_be_led_ends_where_it_can() {
    let mut session = begin();
    write(&mut session, "a");
    play(&mut session, 20);
    let mut recording = session.recording();
    recording.inputs.remove(0);
    let mut opened = Session::open(World::new(recording.seed), recording, None).unwrap();
    let error = opened.play(Time::ZERO, &mut || false).unwrap_err();
    assert_eq!(error.to_string(), "no node `node01`: add it first");
    assert!(!opened.is_seeking() && opened.inputs().is_empty());
    play(&mut opened, 5);
}

#[test]
fn a_step_is_one_thing() {
    let mut session = begin();
    write(&mut session, "a");
    play(&mut session, 20);
    go(&mut session, Time::ZERO);
    let mut moments = vec![session.moment()];
    while session.is_past() && session.step().unwrap() {
        moments.push(session.moment());
    }
    assert!(
        moments
            .windows(2)
            .all(|pair| pair[1].steps + pair[1].inputs as u64 == pair[0].steps + pair[0].inputs as u64 + 1)
    );
}
