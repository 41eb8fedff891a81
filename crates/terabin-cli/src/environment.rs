//! The HDF5 library's environment variables change nothing.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Starts this program again without the library's variables, where there are any.
///
/// The library reads some of them (`HDF5_VOL_CONNECTOR`, `HDF5_PLUGIN_PATH`) as it is
/// initialised, before it can be told not to: a variable could make it load a plugin.
/// Removing variables from a running process is not safe, starting anew is. Returns
/// only if there is nothing to shed (None), or if it fails.
pub fn shed() -> Option<ExitCode> {
    let names: Vec<_> = env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.to_string_lossy().starts_with("HDF5_"))
        .collect();
    if names.is_empty() {
        return None;
    }
    let program = match env::current_exe() {
        Ok(program) => program,
        Err(error) => return Some(failed(&error)),
    };
    let mut command = Command::new(program);
    command.args(env::args_os().skip(1));
    for name in names {
        command.env_remove(name);
    }
    Some(failed(&command.exec()))
}

fn failed(error: &std::io::Error) -> ExitCode {
    crate::complain(&format!(
        "cannot start again without the HDF5_ variables: {error}; unset them"
    ));
    ExitCode::from(1)
}
