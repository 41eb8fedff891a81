use super::canvas::Canvas;
use super::scale::{Scale, Summary};
use super::ticks::{Span, Ticks, log_ticks};
use super::{BinValues, Chart, ChartAxis, PlotError, draw, paint, scale};

const SIZE: (u32, u32) = (400, 300);
const GAP: f64 = f64::NAN;
const INFINITE: f64 = f64::INFINITY;

fn axis(edges: &[f64], log: bool) -> ChartAxis<'_> {
    ChartAxis {
        label: "x [m]",
        edges,
        log,
        times: false,
        categories: None,
    }
}

impl BinValues for &[f64] {
    fn bins(&self) -> usize {
        self.len()
    }

    fn value(&self, bin: usize) -> f64 {
        self[bin]
    }
}

fn value_span(values: &[f64], times: bool) -> Span {
    scale::value_span(Summary::of(&values), times)
}

fn picture(axes: &[ChartAxis<'_>], values: &[f64]) -> Result<Vec<u8>, PlotError> {
    let chart = Chart {
        title: "title",
        axes,
        values: &values,
        value_label: "count",
        value_times: false,
    };
    paint(&chart, SIZE)
}

fn span(low: f64, high: f64) -> Span {
    Span { low, high }
}

fn labels(ticks: &Ticks) -> Vec<&str> {
    ticks.major.iter().map(|t| t.label.as_str()).collect()
}

#[test]
fn odd_values_and_edges_give_pictures() {
    let edges: [&[f64]; 9] = [
        &[],
        &[1.0],
        &[0.0, 1.0],
        &[-INFINITE, INFINITE],
        &[-INFINITE, 0.0, INFINITE],
        &[0.0, 0.0, 0.0],
        &[f64::MIN, 0.0, f64::MAX],
        &[1e9, 1e9 + 1e-7, 1e9 + 2e-7],
        &[0.0, 5e-324, 1e-300],
    ];
    let values = [
        0.0,
        5.0,
        -5.0,
        0.1,
        f64::MAX,
        f64::MIN,
        GAP,
        INFINITE,
        5e-324,
    ];
    for edges in edges {
        for (first, second) in values.iter().flat_map(|a| values.map(|b| (*a, b))) {
            let values = &[first, second][..edges.len().saturating_sub(1)];
            for log in [false, true] {
                assert!(picture(&[axis(edges, log)], values).is_ok());
            }
        }
    }
}

#[test]
fn odd_grids_give_pictures() {
    let edges: [&[f64]; 4] = [&[], &[0.0, 1.0], &[-INFINITE, INFINITE], &[0.0, 0.0, 1.0]];
    for (x, y) in edges.iter().flat_map(|x| edges.map(|y| (*x, y))) {
        let bins = x.len().saturating_sub(1) * y.len().saturating_sub(1);
        for value in [GAP, 0.0, 7.0, -0.5, INFINITE, f64::MAX] {
            let values = vec![value; bins];
            assert!(picture(&[axis(x, true), axis(y, false)], &values).is_ok());
        }
    }
}

#[test]
fn extreme_sizes_are_drawn_or_refused() {
    let edges = [0.0, 1.0, 2.0];
    let axes = [axis(&edges, false)];
    let chart = Chart {
        title: "a title that is a good deal longer than the picture is wide",
        axes: &axes,
        values: &[1.0, 2.0].as_slice(),
        value_label: "a label that is a good deal longer than the picture is high",
        value_times: false,
    };
    for size in [(160, 160), (2000, 160), (160, 2000)] {
        assert!(paint(&chart, size).is_ok(), "{size:?}");
    }
    for size in [(0, 0), (159, 400), (400, 20_000)] {
        assert!(
            matches!(paint(&chart, size), Err(PlotError::Size(..))),
            "{size:?}"
        );
    }
}

#[test]
fn charts_that_do_not_fit_together_are_refused() {
    let (edges, back) = ([0.0, 1.0, 2.0], [2.0, 1.0]);
    let one = axis(&edges, false);
    let wrong = picture(&[one], &[1.0]);
    assert!(matches!(
        wrong,
        Err(PlotError::Shape { bins: 2, values: 1 })
    ));
    assert!(matches!(picture(&[], &[1.0]), Err(PlotError::Axes(0))));
    assert!(matches!(
        picture(&[one; 3], &[0.0; 8]),
        Err(PlotError::Axes(3))
    ));
    for edges in [&back[..], &[0.0, GAP], &[GAP]] {
        let wrong = picture(&[axis(edges, false)], &[1.0]);
        assert!(matches!(wrong, Err(PlotError::Edges(_))), "{edges:?}");
    }
}

#[test]
fn a_heat_map_has_the_colours_of_its_cells() {
    let edges = [0.0, 1.0, 2.0];
    let axes = [axis(&edges, false), axis(&edges, false)];
    // Along x first: low left 0, low right 4, high left no data.
    let pixels = picture(&axes, &[0.0, GAP, 4.0, 2.0]).unwrap();
    let at = |x: usize, y: usize| {
        let first = (y * SIZE.0 as usize + x) * 3;
        [pixels[first], pixels[first + 1], pixels[first + 2]]
    };
    assert_eq!(at(80, 230), [68, 1, 84]);
    assert_eq!(at(250, 230), [253, 231, 37]);
    assert_eq!(at(80, 60), [0xe6; 3]);
    assert_eq!(at(250, 60), [33, 145, 140]);
}

#[test]
fn a_file_is_a_png_whatever_its_name() {
    let path = std::env::temp_dir().join(format!("terabin-plot-{}", std::process::id()));
    let edges = [0.0, 1.0];
    let chart = Chart {
        title: "one bin",
        axes: &[axis(&edges, false)],
        values: &[3.0].as_slice(),
        value_label: "count",
        value_times: false,
    };
    draw(&chart, &path, SIZE).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n"));
    let nowhere = path.join("picture.png");
    assert!(matches!(
        draw(&chart, &nowhere, SIZE),
        Err(PlotError::Write { .. })
    ));
}

#[test]
fn ticks_are_round_numbers_with_a_common_factor() {
    let ticks = |low, high| span(low, high).ticks(span(low, high), 5);
    assert_eq!(
        labels(&ticks(0.0, 1.0)),
        ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    );
    assert_eq!(labels(&ticks(-4.0, 4.0)), ["−4", "−2", "0", "2", "4"]);
    let large = ticks(0.0, 3.2e8);
    assert_eq!(labels(&large), ["0", "100", "200", "300"]);
    assert_eq!(large.factor.as_deref(), Some("×10⁶"));
    let distant = ticks(1.7e9, 1.7e9 + 10.0);
    assert_eq!(labels(&distant), ["0", "2", "4", "6", "8", "10"]);
    assert_eq!(distant.factor.as_deref(), Some("+ 1.7e9"));
}

#[test]
fn logarithmic_ticks_follow_the_range() {
    let ticks = |low: f64, high: f64| {
        let span = span(low.log10(), high.log10());
        log_ticks(span, span, 8)
    };
    assert_eq!(
        labels(&ticks(0.01, 100.0)),
        ["0.01", "0.1", "1", "10", "100"]
    );
    assert_eq!(labels(&ticks(1e4, 1e7)), ["10⁴", "10⁵", "10⁶", "10⁷"]);
    assert_eq!(labels(&ticks(0.15, 6.0)), ["0.2", "0.5", "1", "2", "5"]);
    assert_eq!(
        labels(&ticks(1.9, 5.1)),
        ["2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0"]
    );
    let wide = ticks(1e-30, 1e30);
    assert!(wide.major.len() <= 9 && wide.minor.is_empty());
}

#[test]
fn edges_without_a_place_are_labelled() {
    let edges = [-INFINITE, 0.0, 1.0, 3.0, INFINITE];
    let scale = Scale::new(&axis(&edges, false)).unwrap();
    assert_eq!(
        scale.fractions(),
        [0.0, 1.0 / 6.0, 2.0 / 6.0, 4.0 / 6.0, 1.0]
    );
    let ticks = scale.ticks(3);
    assert_eq!(labels(&ticks), ["0", "1", "2", "3", "−∞", "∞"]);
    let from_zero = Scale::new(&axis(&[0.0, 1.0, 10.0], true)).unwrap();
    assert_eq!(from_zero.fractions(), [0.0, 0.5, 1.0]);
    assert_eq!(labels(&from_zero.ticks(3)), ["1", "10", "0"]);
}

#[test]
fn outlines_begin_at_zero_unless_far_from_it() {
    assert_eq!(value_span(&[970.0, 1030.0], false), span(0.0, 1030.0));
    assert_eq!(value_span(&[0.5, GAP, 12.5], false), span(0.0, 12.5));
    assert_eq!(
        value_span(&[273.1, 274.9, INFINITE], false),
        span(273.1, 274.9)
    );
    assert_eq!(value_span(&[-1.5, 2.0], false), span(-1.5, 2.0));
    assert_eq!(value_span(&[0.25, 0.25], false), span(0.0, 0.25));
    assert_eq!(value_span(&[GAP], false), span(0.0, 1.0));
    // 1970 is no zero of times.
    assert_eq!(
        value_span(&[1.7e18, GAP, 1.8e18], true),
        span(1.7e18, 1.8e18)
    );
    assert_eq!(value_span(&[GAP], true), span(-5e8, 5e8));
}

#[test]
fn long_text_is_shortened_to_its_room() {
    let mut pixels = vec![0; 300 * 200 * 3];
    let canvas = Canvas::new(&mut pixels, (300, 200)).unwrap();
    let text = "mean(temperature) over x, y and z";
    let short = canvas.fitted(text, 12.0, 100);
    assert!(short.ends_with('…') && canvas.text_width(&short, 12.0) <= 100);
    assert_eq!(canvas.fitted(text, 12.0, 1000), text);
    assert_eq!(canvas.fitted(text, 12.0, 0), "…");
}

#[test]
fn axes_of_times_have_dates() {
    let days = [1.704_067_2e18, 1.704_110_4e18, 1.704_153_6e18];
    let times = ChartAxis {
        times: true,
        ..axis(&days, false)
    };
    let ticks = Scale::new(&times).unwrap().ticks(2);
    assert_eq!(
        labels(&ticks),
        ["2024-01-01T00:00", "2024-01-01T12:00", "2024-01-02T00:00"]
    );
    for values in [[1.0, 2.0], [GAP, GAP]] {
        assert!(picture(&[times], &values).is_ok());
    }
    let flow = [f64::NEG_INFINITY, 1.704_067_2e18, f64::INFINITY];
    let times = ChartAxis {
        edges: &flow,
        ..times
    };
    assert!(picture(&[times], &[1.0, 2.0]).is_ok());
    let nothing = ChartAxis {
        categories: Some(&[]),
        ..axis(&[], false)
    };
    assert!(picture(&[nothing], &[]).is_ok());
}
