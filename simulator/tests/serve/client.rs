//! The client against bksim, and against programs that are not bksim.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bksim_protocol::client::{Client, ClientError, ClientEvent};
use bksim_protocol::message::{Run, Stop, error_code};

use super::session::{BKSIM, Firmware};
use super::{small, ticker};

fn spawn(program: &Path) -> Result<Client, ClientError> {
    Client::spawn(program, "test").map(|(client, _)| client)
}

/// A shell script in the place of bksim.
#[cfg(unix)]
pub(crate) fn script(folder: &Path, body: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("bksim");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[cfg(unix)]
fn with_script(body: &str) -> ClientError {
    let folder = tempfile::tempdir().unwrap();
    spawn(&script(folder.path(), body)).err().expect("it is not bksim")
}

#[test]
fn no_such_program() {
    let error = spawn(Path::new("/no/such/bksim")).err().unwrap();
    assert!(matches!(&error, ClientError::NotFound { program } if program == Path::new("/no/such/bksim")));
    assert_eq!(error.to_string(), "cannot find bksim at /no/such/bksim");
}

#[test]
#[cfg(unix)]
fn a_file_that_cannot_be_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bksim");
    std::fs::write(&path, "text").unwrap();
    assert!(matches!(spawn(&path), Err(ClientError::Spawn(_))));
}

#[test]
#[cfg(unix)]
fn another_version() {
    // As a later bksim would answer, once it is asked: an error, or a greeting with another number.
    let refusal = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no","data":{"protocol":7,"program":"bksim 3.0"}}}"#;
    let greeting = r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":7,"program":"bksim 3.0"}}"#;
    for answer in [refusal, greeting] {
        let error = with_script(&format!(
            "head -c 1 >/dev/null; printf '\\000\\{:03o}\\000\\000\\000%s' '{answer}'; cat >/dev/null",
            answer.len()
        ));
        let ClientError::Version { theirs: 7, program } = &error else { panic!("{error:?}") };
        assert_eq!(program, "bksim 3.0");
        assert_eq!(error.to_string(), "bksim 3.0 speaks version 7 of the protocol, this program version 1");
    }
}

#[test]
#[cfg(unix)]
fn a_program_that_ends_at_once() {
    let error = with_script("echo 'cannot load libfoo' >&2; exit 3");
    let ClientError::Died { status: Some(status), stderr } = &error else { panic!("{error:?}") };
    assert_eq!((status.code(), stderr.as_str()), (Some(3), "cannot load libfoo\n"));
    assert!(error.to_string().contains("cannot load libfoo"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_program_that_says_something_else() {
    let error = with_script("echo 'Welcome to the wrong program, version 17'; cat >/dev/null");
    assert!(matches!(error, ClientError::Died { .. } | ClientError::Protocol(_)), "{error:?}");
}

#[test]
#[cfg(unix)]
fn a_process_that_does_not_listen_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"program":"x"}}"#;
    let body = format!("printf '\\000\\{:03o}\\000\\000\\000%s' '{answer}'; exec sleep 60", answer.len());
    let client = spawn(&script(folder.path(), &body)).unwrap();
    let id = client.process_id();
    let started = Instant::now();
    drop(client);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(!Path::new(&format!("/proc/{id}")).exists(), "it was not reaped");
}

/// Ctrl-C goes to the foreground's process group; bksim must not be in it.
#[test]
#[cfg(target_os = "linux")]
fn bksim_has_a_process_group_of_its_own() {
    let client = spawn(BKSIM.as_ref()).unwrap();
    let id = client.process_id().to_string();
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    // Behind the name in parentheses: state, parent, process group.
    let group = stat.rsplit(')').next().unwrap().split_whitespace().nth(2);
    assert_eq!(group, Some(id.as_str()));
}

#[test]
fn input_is_for_streams_that_take_it() {
    let (client, _events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    client.create(&Firmware::new(small::image(&small::SPIN, 0)).create()).unwrap();
    assert_eq!(client.input(0x20, b"rtt").unwrap().time_ps, 0);
    let Err(ClientError::Rpc { message, .. }) = client.input(0x1F, b"x") else { panic!() };
    assert_eq!(message, "stream 0x1f takes no input");
}

#[test]
fn bksim_ends_with_its_client() {
    let firmware = Firmware::new(small::image(&small::SPIN, 0));
    let (client, _events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    client.create(&firmware.create()).unwrap();
    client.start(Run::default()).unwrap();
    let id = client.process_id();
    drop(client);
    assert!(!Path::new(&format!("/proc/{id}")).exists());
}

#[test]
#[cfg(unix)]
fn killed_in_the_middle_of_a_run() {
    let firmware = Firmware::new(ticker::image());
    let (client, events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    client.create(&firmware.create()).unwrap();
    client.start(Run { until_ps: None, pace: Some(1.0) }).unwrap();
    let mut bytes = 0;
    while bytes < 10 {
        if let Some(ClientEvent::Data { chunk, .. }) = events.next() {
            bytes += chunk.bytes.len();
        }
    }
    let id = client.process_id().to_string();
    assert!(std::process::Command::new("kill").args(["-9", &id]).status().unwrap().success());
    // What was sent before comes first, then the run's end, then the last event.
    let mut stopped = false;
    let error = loop {
        match events.next_timeout(Duration::from_secs(10)).expect("an event") {
            ClientEvent::Stopped(result) => {
                assert!(matches!(result, Err(ClientError::Died { .. })), "{result:?}");
                stopped = true;
            }
            ClientEvent::Died(error) => break error,
            _ => {}
        }
    };
    assert!(stopped);
    assert!(matches!(error, ClientError::Died { status: Some(status), .. } if status.code().is_none()));
    assert!(events.next().is_none());
    // Every further call says the same at once.
    assert!(matches!(client.statistics(), Err(ClientError::Died { .. })));
    assert!(matches!(client.run(Run::default()), Err(ClientError::Died { .. })));
}

#[test]
fn refusals_have_code_and_message() {
    let (client, _events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    let Err(ClientError::Rpc { code, message }) = client.run(Run::default()) else { panic!() };
    assert_eq!((code, message.as_str()), (error_code::STATE, "there is no machine yet: say `create` first"));
    let mut create = Firmware::new(small::image(&small::SPIN, 0)).create();
    create.elf = Some(PathBuf::from("/no/such/file"));
    let Err(ClientError::Rpc { code, .. }) = client.create(&create) else { panic!() };
    assert_eq!(code, error_code::FIRMWARE);
}

#[test]
fn a_client_whose_events_nobody_takes_still_runs() {
    let firmware = Firmware::new(ticker::image());
    let (client, events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    drop(events);
    client.create(&firmware.create()).unwrap();
    let stopped = client.run(Run { until_ps: Some(5_000_000_000), pace: None }).unwrap();
    assert_eq!(stopped.stop, Stop::Time);
    client.shutdown().unwrap();
}

#[test]
fn an_orderly_end_is_the_last_event() {
    let (client, events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    client.shutdown().unwrap();
    let Some(ClientEvent::Died(ClientError::Died { status: Some(status), .. })) = events.next() else { panic!() };
    assert!(status.success());
    assert!(events.next().is_none());
}
