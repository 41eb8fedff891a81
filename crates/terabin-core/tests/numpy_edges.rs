//! Edges are those that NumPy makes, kept here as what it printed.

use terabin_core::axis::{Log, linspace};

/// Bits that NumPy 2.4 gives for `numpy.linspace(low, high, n)`.
#[test]
fn linspace_is_that_of_numpy() {
    let cases: [(f64, f64, &[u64]); 8] = [
        (
            0.0,
            0.7,
            &[
                0x0000_0000_0000_0000,
                0x3fb9_9999_9999_9999,
                0x3fc9_9999_9999_9999,
                0x3fd3_3333_3333_3333,
                0x3fd9_9999_9999_9999,
                0x3fdf_ffff_ffff_ffff,
                0x3fe3_3333_3333_3333,
                0x3fe6_6666_6666_6666,
            ],
        ),
        (
            -1.0,
            1.0,
            &[
                0xbff0_0000_0000_0000,
                0xbfd5_5555_5555_5556,
                0x3fd5_5555_5555_5554,
                0x3ff0_0000_0000_0000,
            ],
        ),
        (
            -0.3,
            1.1,
            &[
                0xbfd3_3333_3333_3333,
                0xbfb1_1111_1111_110e,
                0x3fc5_5555_5555_5558,
                0x3fd9_9999_9999_999b,
                0x3fe4_4444_4444_4446,
                0x3feb_bbbb_bbbb_bbbc,
                0x3ff1_9999_9999_999a,
            ],
        ),
        (
            1e9,
            1_000_000_000.000_01,
            &[
                0x41cd_cd65_0000_0000,
                0x41cd_cd65_0000_000e,
                0x41cd_cd65_0000_001c,
                0x41cd_cd65_0000_002a,
                0x41cd_cd65_0000_0038,
                0x41cd_cd65_0000_0046,
                0x41cd_cd65_0000_0054,
            ],
        ),
        (
            -1e308,
            7e307,
            &[
                0xffe1_ccf3_85eb_c8a0,
                0xffce_dab7_2c65_7de2,
                0x7fb2_fcbf_7dc8_4d78,
                0x7fd8_ebbb_5516_e5ad,
            ],
        ),
        // The step underflows to zero.
        (0.0, 1e-323, &[0, 0, 1, 1, 2, 2]),
        (
            2.5e-310,
            3.1e-310,
            &[
                0x0000_2e05_5c9a_3f6c,
                0x0000_31b3_dee4_070e,
                0x0000_3562_612d_ceb0,
                0x0000_3910_e377_9652,
            ],
        ),
        (
            1.0 / 3.0,
            22.0 / 7.0,
            &[
                0x3fd5_5555_5555_5555,
                0x3fec_a5ca_5ca5_ca5c,
                0x3ff7_5075_0750_7507,
                0x4000_2702_7027_0270,
                0x4004_a5ca_5ca5_ca5d,
                0x4009_2492_4924_9249,
            ],
        ),
    ];
    for (low, high, want) in cases {
        let got = linspace(low, high, want.len() - 1).into_iter();
        let got: Vec<u64> = got.map(f64::to_bits).collect();
        assert_eq!(got, want, "{low}..{high}");
    }
}

#[test]
fn whole_decades_are_exact_log_edges() {
    let power: Vec<f64> = ["1e-3", "1e-2", "1e-1"]
        .iter()
        .map(|s| s.parse().unwrap())
        .collect();
    let power: Vec<f64> = power
        .into_iter()
        .chain((0..16).map(|e| 10f64.powi(e)))
        .collect();
    for decades in [0..=9, 0..=18, 3..=12, 3..=9, 2..=4] {
        let want = &power[decades.clone()];
        let bins = want.len() as u64 - 1;
        let axis = Log::new(bins, want[0], want[want.len() - 1]).unwrap();
        assert_eq!(axis.edges(), want, "{decades:?}");
    }
}

/// Doubles that NumPy 2.4 gives for `numpy.geomspace(low, high, n)`.
#[test]
fn log_edges_are_those_of_numpy_but_for_the_last_places() {
    let cases: [&[f64]; 2] = [
        &[
            0.001,
            0.004_472_135_954_999_58,
            0.020_000_000_000_000_004,
            0.089_442_719_099_991_6,
            0.400_000_000_000_000_1,
            1.788_854_381_999_832_4,
            8.0,
        ],
        &[
            2.5e-12,
            4.109_379_573_793_067e-8,
            0.000_675_480_019_260_307_8,
            11.103_215_174_614_629,
            182_509.302_567_962_38,
            3e9,
        ],
    ];
    for want in cases {
        let axis = Log::new(want.len() as u64 - 1, want[0], want[want.len() - 1]).unwrap();
        assert_eq!(axis.edges().len(), want.len());
        for (got, want) in axis.edges().iter().zip(want) {
            assert!((got - want).abs() <= 1e-14 * want, "{got} {want}");
        }
    }
}
