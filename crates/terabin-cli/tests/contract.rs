//! The words of the program: options and JSON keys that scripts rely on.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use terabin_hdf5::{FileWriter, Values};

/// A command's options: those that it has, and those of the contract that are not built
/// yet. An option that is in neither list is no option.
struct Verb {
    name: &'static str,
    built: &'static [&'static str],
    not_built: &'static [&'static str],
}

const VERBS: [Verb; 4] = [
    Verb {
        name: "generate",
        built: &["rows", "files", "seed", "layout", "dtype", "compress"],
        not_built: &[],
    },
    Verb {
        name: "inspect",
        built: &[],
        not_built: &[],
    },
    Verb {
        name: "stats",
        built: &[
            "data",
            "columns",
            "rows",
            "where",
            "ncpus",
            "memory",
            "table",
            "on-error",
            "allow-external",
            "raw-values",
            "row-dims",
            "along",
            "json",
            "quiet",
        ],
        not_built: &["derive"],
    },
    Verb {
        name: "bin",
        built: &[
            "data",
            "by",
            "bins",
            "range",
            "stat",
            "weights",
            "rows",
            "where",
            "nan",
            "convention",
            "flow",
            "spec",
            "plan",
            "no-state",
            "output",
            "ncpus",
            "memory",
            "table",
            "on-error",
            "allow-external",
            "raw-values",
            "row-dims",
            "along",
            "json",
            "quiet",
        ],
        not_built: &[
            "derive",
            "checkpoint",
            "resume",
            "plan-out",
            "plan-in",
            "shard",
        ],
    },
];

/// Commands of the contract that are not built yet.
const NOT_BUILT: [&str; 4] = ["process", "verify", "merge", "plot"];

const BIN_KEYS: [&str; 18] = [
    "rows",
    "masked",
    "filtered",
    "skipped",
    "in_range",
    "outside",
    "nan_axis",
    "fill_rows",
    "histograms",
    "state_hash",
    "seconds",
    "rows_per_second",
    "bytes_read",
    "bytes_decoded",
    "passes",
    "peak_rss_bytes",
    "threads",
    "outputs",
];
const HISTOGRAM_KEYS: [&str; 6] = [
    "name",
    "in_range",
    "outside",
    "nan_axis",
    "nan_value",
    "state_hash",
];
const STATS_KEYS: [&str; 9] = [
    "name", "dtype", "rows", "nan", "min", "max", "sum", "mean", "std",
];

fn terabin(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terabin"));
    command.args(args).output().expect("the program starts")
}

fn stdout(args: &[&str]) -> String {
    let output = terabin(args);
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The options that a help text describes, but for the help itself.
fn options(help: &str) -> Vec<String> {
    let described = help.lines().filter_map(|line| {
        let line = line.trim_start();
        // `-h, --help`
        let long = line.split_once(", ").map_or(line, |(short, long)| {
            if short.starts_with('-') && short.len() == 2 {
                long
            } else {
                line
            }
        });
        let name = long.strip_prefix("--")?;
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        Some(name[..end.unwrap_or(name.len())].to_owned())
    });
    let mut names: Vec<String> = described.filter(|n| n != "help").collect();
    names.sort();
    names
}

#[test]
fn every_command_has_the_options_of_the_contract() {
    for verb in VERBS {
        let found = options(&stdout(&[verb.name, "--help"]));
        let mut built = verb.built.to_vec();
        built.sort_unstable();
        assert_eq!(found, built, "the options of terabin {}", verb.name);
    }
}

#[test]
fn what_is_not_built_is_unknown() {
    for verb in VERBS {
        for option in verb.not_built {
            refused(&[verb.name, &format!("--{option}"), "x"], option);
        }
    }
    for verb in NOT_BUILT {
        refused(&[verb], verb);
    }
}

/// Exit 2, and one line that names the word.
fn refused(args: &[&str], word: &str) {
    let output = terabin(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
    assert!(stderr.contains(word), "{args:?}: {stderr}");
}

#[test]
fn the_help_lists_the_commands() {
    let help = stdout(&["--help"]);
    let commands = help
        .lines()
        .skip_while(|l| !l.starts_with("Commands:"))
        .skip(1);
    let names = commands.map_while(|l| l.split_whitespace().next());
    let names: Vec<&str> = names.filter(|n| *n != "help").collect();
    assert_eq!(names, VERBS.map(|v| v.name));
}

fn data(folder: &Path) -> String {
    let path = folder.join("data.h5");
    let mut file = FileWriter::create(&path).expect("a file");
    file.dataset("/x", &[3], Values::F64(&[0.5, f64::NAN, f64::INFINITY]))
        .expect("a dataset");
    file.dataset("/k", &[3], Values::I64(&[1, 2, 3]))
        .expect("a dataset");
    file.close().expect("a file on disk");
    path.to_str().expect("a path in UTF-8").to_owned()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&stdout(args)).expect("one JSON object and nothing else")
}

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

#[test]
fn keys_of_bin() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = data(folder.path());
    let one = json(&[
        "bin", "--data", &data, "--by", "x:2:0..1", "--stat", "sum(x)", "--json",
    ]);
    assert_eq!(keys(&one), BIN_KEYS);
    assert_eq!(keys(&one["histograms"][0]), HISTOGRAM_KEYS);
    assert_eq!(keys(&one["histograms"][0]["nan_value"]), ["sum(x)"]);
    assert!(one["outputs"].as_array().is_some_and(Vec::is_empty));
}

#[test]
fn several_histograms_have_their_own_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let many = json(&["bin", "--data", &data(folder.path()), "--json"]);
    let own = ["in_range", "outside", "nan_axis"];
    let shared: Vec<_> = BIN_KEYS.into_iter().filter(|k| !own.contains(k)).collect();
    assert_eq!(keys(&many), shared);
    let histograms = many["histograms"].as_array().expect("a list");
    let names: Vec<_> = histograms.iter().map(|h| &h["name"]).collect();
    assert_eq!(names, ["k", "x"]);
    assert!(histograms.iter().all(|h| keys(h) == HISTOGRAM_KEYS));
}

#[test]
fn keys_of_stats() {
    let folder = tempfile::tempdir().expect("a folder");
    let stats = json(&["stats", &data(folder.path()), "--json"]);
    assert_eq!(keys(&stats), ["columns"]);
    let columns = stats["columns"].as_array().expect("a list");
    assert!(columns.iter().all(|c| keys(c) == STATS_KEYS));
    let (k, x) = (&columns[0], &columns[1]);
    assert_eq!(
        (&k["dtype"], &k["sum"], &k["nan"]),
        (&"int64".into(), &6.into(), &0.into())
    );
    assert_eq!(
        (&x["nan"], &x["max"], &x["std"]),
        (&1.into(), &"Infinity".into(), &"NaN".into())
    );
}
