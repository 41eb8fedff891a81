//! Numbers made by `tests/data/elementary.py`.

use super::double::Double;

/// The logarithm of 2.
pub(super) const LN2: Double = Double::from_bits([0x3fe6_2e42_fefa_39ef, 0x3c7a_bc9e_3b39_803f]);
/// The logarithm of 2, the high part a multiple of 2^-42.
pub(super) const LN2_42: Double = Double::from_bits([0x3fe6_2e42_fefa_3800, 0x3d2e_f357_93c7_6730]);
/// A 64th of the logarithm of 2, the high part with 36 bits.
pub(super) const LN2_64: Double = Double::from_bits([0x3f86_2e42_fefa_0000, 0x3d1c_f79a_bc9e_3b3a]);
/// One over the logarithm of 2.
pub(super) const INV_LN2: Double =
    Double::from_bits([0x3ff7_1547_652b_82fe, 0x3c77_77d0_ffda_0d24]);
/// One over the logarithm of 10.
pub(super) const INV_LN10: Double =
    Double::from_bits([0x3fdb_cb7b_1526_e50e, 0x3c69_5355_baaa_fad3]);
/// Half a turn.
pub(super) const PI: Double = Double::from_bits([0x4009_21fb_5444_2d18, 0x3ca1_a626_3314_5c07]);
/// A quarter turn.
pub(super) const HALF_PI: Double =
    Double::from_bits([0x3ff9_21fb_5444_2d18, 0x3c91_a626_3314_5c07]);
/// A degree in radians.
pub(super) const DEGREE: Double = Double::from_bits([0x3f91_df46_a252_9d39, 0x3c15_c1d8_becd_d291]);
/// A radian in degrees.
pub(super) const RADIAN: Double = Double::from_bits([0x404c_a5dc_1a63_c1f8, 0xbce1_e7ab_4564_05f9]);
/// One sixth.
pub(super) const SIXTH: Double = Double::from_bits([0x3fc5_5555_5555_5555, 0x3c65_5555_5555_5555]);
/// 64 over the logarithm of 2.
pub(super) const INV_LN2_64: f64 = f64::from_bits(0x4057_1547_652b_82fe);
/// One over a quarter turn.
pub(super) const INV_HALF_PI: f64 = f64::from_bits(0x3fe4_5f30_6dc9_c883);
/// A quarter turn in three parts, the first two with 33 bits.
pub(super) const HALF_PI_PARTS: [f64; 3] = [
    f64::from_bits(0x3ff9_21fb_5440_0000),
    f64::from_bits(0x3dd0_b461_1a60_0000),
    f64::from_bits(0x3ba3_198a_2e03_7073),
];
/// The bits of 2/pi after 64 zeros: the first of the second word counts one, the next a half.
pub(super) const TWO_OVER_PI: [u64; 21] = [
    0x0000_0000_0000_0000,
    0x517c_c1b7_2722_0a94,
    0xfe13_abe8_fa9a_6ee0,
    0x6db1_4acc_9e21_c820,
    0xff28_b1d5_ef5d_e2b0,
    0xdb92_371d_2126_e970,
    0x0324_9775_04e8_c90e,
    0x7f0e_f58e_5894_d39f,
    0x7441_1afa_975d_a242,
    0x74ce_3813_5a2f_bf20,
    0x9cc8_eb1c_c1a9_9cfa,
    0x4e42_2fc5_defc_941d,
    0x8ffc_4bff_ef02_cc07,
    0xf797_88c5_ad05_368f,
    0xb69b_3f67_93e5_84db,
    0xa7a3_1fb3_4f2f_f516,
    0xba93_dd63_f5f2_f8bd,
    0x9e83_9cfb_c529_4975,
    0x35fd_afd8_8fc6_ae84,
    0x2b01_9823_7e3d_b5d5,
    0xf867_de10_4d7a_1b0e,
];
/// 2^(j/64), as the bits of a sum of two doubles.
pub(super) const POWERS: [[u64; 2]; 64] = [
    [0x3ff0_0000_0000_0000, 0x0000_0000_0000_0000],
    [0x3ff0_2c9a_3e77_8061, 0xbc71_9083_535b_085d],
    [0x3ff0_59b0_d315_8574, 0x3c8d_73e2_a475_b465],
    [0x3ff0_8745_1875_9bc8, 0x3c61_86be_4bb2_84ff],
    [0x3ff0_b558_6cf9_890f, 0x3c98_a62e_4adc_610b],
    [0x3ff0_e3ec_32d3_d1a2, 0x3c40_3a17_27c5_7b53],
    [0x3ff1_1301_d012_5b51, 0xbc96_c510_3944_9b3a],
    [0x3ff1_429a_aea9_2de0, 0xbc93_2fbf_9af1_369e],
    [0x3ff1_72b8_3c7d_517b, 0xbc81_9041_b9d7_8a76],
    [0x3ff1_a35b_eb6f_cb75, 0x3c8e_5b4c_7b49_68e4],
    [0x3ff1_d487_3168_b9aa, 0x3c9e_016e_00a2_643c],
    [0x3ff2_063b_8862_8cd6, 0x3c8d_c775_814a_8495],
    [0x3ff2_387a_6e75_6238, 0x3c99_b07e_b6c7_0573],
    [0x3ff2_6b45_65e2_7cdd, 0x3c82_bd33_9940_e9d9],
    [0x3ff2_9e9d_f51f_dee1, 0x3c86_12e8_afad_1255],
    [0x3ff2_d285_a6e4_030b, 0x3c90_0247_54db_41d5],
    [0x3ff3_06fe_0a31_b715, 0x3c86_f46a_d231_82e4],
    [0x3ff3_3c08_b264_16ff, 0x3c93_2721_8436_59a6],
    [0x3ff3_71a7_373a_a9cb, 0xbc96_3aea_bf42_eae2],
    [0x3ff3_a7db_34e5_9ff7, 0xbc75_e436_d661_f5e3],
    [0x3ff3_dea6_4c12_3422, 0x3c8a_da09_11f0_9ebc],
    [0x3ff4_160a_21f7_2e2a, 0xbc5e_f369_1c30_9278],
    [0x3ff4_4e08_6061_892d, 0x3c48_9b7a_04ef_80d0],
    [0x3ff4_86a2_b5c1_3cd0, 0x3c73_c1a3_b690_62f0],
    [0x3ff4_bfda_d536_2a27, 0x3c7d_4397_afec_42e2],
    [0x3ff4_f9b2_769d_2ca7, 0xbc94_b309_d259_57e3],
    [0x3ff5_342b_569d_4f82, 0xbc80_7abe_1db1_3cad],
    [0x3ff5_6f47_36b5_27da, 0x3c99_bb2c_011d_93ad],
    [0x3ff5_ab07_dd48_5429, 0x3c96_324c_0546_47ad],
    [0x3ff5_e76f_15ad_2148, 0x3c9b_a6f9_3080_e65e],
    [0x3ff6_247e_b03a_5585, 0xbc93_83c1_7e40_b497],
    [0x3ff6_6238_8255_2225, 0xbc9b_b609_8759_1c34],
    [0x3ff6_a09e_667f_3bcd, 0xbc9b_dd34_13b2_6456],
    [0x3ff6_dfb2_3c65_1a2f, 0xbc6b_be3a_683c_88ab],
    [0x3ff7_1f75_e8ec_5f74, 0xbc81_6e47_8688_7a99],
    [0x3ff7_5feb_5642_67c9, 0xbc90_2459_5731_6dd3],
    [0x3ff7_a114_73eb_0187, 0xbc84_1577_ee04_992f],
    [0x3ff7_e2f3_36cf_4e62, 0x3c70_5d02_ba15_797e],
    [0x3ff8_2589_994c_ce13, 0xbc9d_4c1d_d415_32d8],
    [0x3ff8_68d9_9b44_92ed, 0xbc9f_c6f8_9bd4_f6ba],
    [0x3ff8_ace5_422a_a0db, 0x3c96_e9f1_5686_4b27],
    [0x3ff8_f1ae_9915_7736, 0x3c85_cc13_a2e3_976c],
    [0x3ff9_3737_b0cd_c5e5, 0xbc67_5fc7_81b5_7ebc],
    [0x3ff9_7d82_9fde_4e50, 0xbc9d_185b_7c1b_85d1],
    [0x3ff9_c491_82a3_f090, 0x3c7c_7c46_b071_f2be],
    [0x3ffa_0c66_7b5d_e565, 0xbc93_5949_5d1c_d533],
    [0x3ffa_5503_b23e_255d, 0xbc9d_2f6e_db8d_41e1],
    [0x3ffa_9e6b_5579_fdbf, 0x3c90_fac9_0ef7_fd31],
    [0x3ffa_e89f_995a_d3ad, 0x3c97_a1cd_345d_cc81],
    [0x3ffb_33a2_b84f_15fb, 0xbc62_805e_3084_d708],
    [0x3ffb_7f76_f2fb_5e47, 0xbc75_584f_7e54_ac3b],
    [0x3ffb_cc1e_904b_c1d2, 0x3c82_3dd0_7a2d_9e84],
    [0x3ffc_199b_dd85_529c, 0x3c81_1065_8950_48dd],
    [0x3ffc_67f1_2e57_d14b, 0x3c92_884d_ff48_3cad],
    [0x3ffc_b720_dcef_9069, 0x3c75_03cb_d1e9_49db],
    [0x3ffd_072d_4a07_897c, 0xbc9c_bc37_4379_7a9c],
    [0x3ffd_5818_dcfb_a487, 0x3c82_ed02_d75b_3707],
    [0x3ffd_a9e6_03db_3285, 0x3c9c_2300_696d_b532],
    [0x3ffd_fc97_337b_9b5f, 0xbc91_a5cd_4f18_4b5c],
    [0x3ffe_502e_e78b_3ff6, 0x3c83_9e89_80a9_cc8f],
    [0x3ffe_a4af_a2a4_90da, 0xbc9e_9c23_179c_2893],
    [0x3ffe_fa1b_ee61_5a27, 0x3c9d_c7f4_86a4_b6b0],
    [0x3fff_5076_5b6e_4540, 0x3c99_d3e1_2dd8_a18b],
    [0x3fff_a7c1_819e_90d8, 0x3c87_4853_f3a5_931e],
];
/// The angle whose tangent is j/64, as the bits of a sum of two doubles.
pub(super) const ANGLES: [[u64; 2]; 65] = [
    [0x0000_0000_0000_0000, 0x0000_0000_0000_0000],
    [0x3f8f_ff55_5bbb_729b, 0xbc22_20c3_9d4d_ff50],
    [0x3f9f_fd55_bba9_7625, 0xbc35_ec43_1444_912c],
    [0x3fa7_fb81_8430_da2a, 0xbc08_6ef8_f794_f105],
    [0x3faf_f55b_b72c_fdea, 0xbc3c_934d_86d2_3f1d],
    [0x3fb3_f59f_0e7c_559d, 0x3c5a_c4ce_285d_f847],
    [0x3fb7_ee18_2602_f10f, 0xbc5c_fb65_4c0c_3d98],
    [0x3fbb_e39e_be6f_07c3, 0x3c5f_7b8f_29a0_5987],
    [0x3fbf_d5ba_9aac_2f6e, 0xbc4c_d376_8676_0c17],
    [0x3fc1_e1fa_fb04_3727, 0xbc4b_4859_14da_cf8c],
    [0x3fc3_d6ee_e8c6_626c, 0x3c66_1a3b_0ce9_281b],
    [0x3fc5_c981_1e3e_c26a, 0xbc50_54ab_2c01_0f3d],
    [0x3fc7_b97b_4bce_5b02, 0x3c53_47b0_b4f8_81ca],
    [0x3fc9_a6a8_e96c_8626, 0x3c4c_f601_e7b4_348e],
    [0x3fcb_90d7_5292_60a2, 0x3c21_7b10_d2e0_e5ab],
    [0x3fcd_77d5_df20_5736, 0x3c6c_648d_1534_597e],
    [0x3fcf_5b75_f92c_80dd, 0x3c68_ab6e_3cf7_afbd],
    [0x3fd0_9dc5_97d8_6362, 0x3c76_2e47_390c_b865],
    [0x3fd1_8bf5_a30b_f178, 0x3c63_0ca4_748b_1bf9],
    [0x3fd2_7837_2057_ef46, 0xbc70_77cd_d36d_fc81],
    [0x3fd3_6277_3707_ebcc, 0xbc69_63a5_44b6_72d8],
    [0x3fd4_4aa4_36c2_af0a, 0xbc75_d5e4_3c55_b3ba],
    [0x3fd5_30ad_9951_cd4a, 0xbc62_5664_8088_4082],
    [0x3fd6_1484_0309_cfe2, 0xbc7a_7257_1571_1f00],
    [0x3fd6_f619_41e4_def1, 0xbc7c_63aa_e6f6_e918],
    [0x3fd7_d560_4b63_b3f7, 0x3c76_9c88_5c2b_249a],
    [0x3fd8_b24d_394a_1b25, 0x3c7b_6d0b_a374_8fa8],
    [0x3fd9_8cd5_454d_6b18, 0x3c79_e6c9_88fd_0a77],
    [0x3fda_64ee_c3cc_23fd, 0xbc72_4dec_1b50_b7ff],
    [0x3fdb_3a91_1da6_5c6c, 0x3c7a_e187_b1ca_5040],
    [0x3fdc_0db4_c94e_c9f0, 0xbc7c_c1ce_7093_4c34],
    [0x3fdc_de53_432c_1351, 0xbc7a_2cfa_4418_f1ad],
    [0x3fdd_ac67_0561_bb4f, 0x3c7a_2b7f_222f_65e2],
    [0x3fde_77eb_7f17_5a34, 0x3c70_e53d_c1bf_3435],
    [0x3fdf_40dd_0b54_1418, 0xbc6a_3992_dc38_2a23],
    [0x3fe0_039c_73c1_a40c, 0xbc8b_32c9_49c9_d593],
    [0x3fe0_657e_94db_30d0, 0xbc7d_5b49_5f63_49e6],
    [0x3fe0_c614_5b5b_43da, 0x3c59_74fa_13b5_404f],
    [0x3fe1_255d_9bfb_d2a9, 0xbc52_bdae_e1c0_ee35],
    [0x3fe1_835a_88be_7c13, 0x3c8c_621c_ec00_c301],
    [0x3fe1_e00b_abde_feb4, 0xbc59_28df_287a_668f],
    [0x3fe2_3b71_e2cc_9e6a, 0x3c6c_421c_9f38_224e],
    [0x3fe2_958e_5930_8e31, 0xbc70_9e73_b0c6_c087],
    [0x3fe2_ee62_8406_cbca, 0x3c8c_5d5e_9ff0_cf8d],
    [0x3fe3_45f0_1cce_37bb, 0x3c81_0211_37c7_1102],
    [0x3fe3_9c39_1cd4_171a, 0xbc82_3043_31d8_bf46],
    [0x3fe3_f13f_b89e_96f4, 0x3c7e_cf8b_4926_44f0],
    [0x3fe4_4506_5b79_5b56, 0xbc7f_76d0_163f_79c8],
    [0x3fe4_978f_a326_9ee1, 0x3c72_419a_87f2_a458],
    [0x3fe4_e8de_5bb6_ec04, 0x3c84_a33d_beb3_796c],
    [0x3fe5_38f5_7b89_061f, 0xbc81_bb74_abda_520c],
    [0x3fe5_87d8_1f73_2fbb, 0xbc75_e5c9_d8c5_a950],
    [0x3fe5_d589_8716_9b18, 0x3c60_028e_4bc5_e7ca],
    [0x3fe6_220d_115d_7b8e, 0xbc62_b785_350e_e8c1],
    [0x3fe6_6d66_3923_e087, 0xbc76_ea6f_ebe8_bbba],
    [0x3fe6_b798_920b_3d99, 0xbc8a_8038_6188_c50e],
    [0x3fe7_00a7_c578_4634, 0xbc78_c34d_25aa_def6],
    [0x3fe7_4897_8fba_8e0f, 0x3c47_b2a6_1658_84a1],
    [0x3fe7_8f6b_bd5d_315e, 0x3c84_06a0_8980_3740],
    [0x3fe7_d528_289f_a093, 0x3c85_6082_1e2f_3aa9],
    [0x3fe8_19d0_b715_8a4d, 0xbc7b_f762_29d3_b917],
    [0x3fe8_5d69_576c_c2c5, 0x3c66_b66e_7fc8_b8c3],
    [0x3fe8_9ff5_ff57_f1f8, 0xbc85_5b9a_5e17_7a1b],
    [0x3fe8_e17a_a99c_c05e, 0xbc7e_c182_ab04_2f61],
    [0x3fe9_21fb_5444_2d18, 0x3c81_a626_3314_5c07],
];
/// The number to which the first entry of `INVERSES` belongs, in 64ths.
pub(super) const FIRST_INVERSE: f64 = 45.0;
/// 64/i to ten bits, and minus its logarithm, the high part a multiple of 2^-42: bits.
pub(super) const INVERSES: [[u64; 3]; 47] = [
    [
        0x3ff6_c000_0000_0000,
        0xbfd6_86c8_1e9b_1000,
        0xbd32_bb11_0af8_4054,
    ],
    [
        0x3ff6_4000_0000_0000,
        0xbfd5_1aad_872e_0000,
        0x3d3f_4bd8_db0a_7cc1,
    ],
    [
        0x3ff5_c800_0000_0000,
        0xbfd3_bdd2_4eb1_5000,
        0x3d32_57b4_970e_6ed9,
    ],
    [
        0x3ff5_5800_0000_0000,
        0xbfd2_7161_913f_8000,
        0xbd34_f4f1_f615_64b4,
    ],
    [
        0x3ff4_e800_0000_0000,
        0xbfd1_1e0e_2dad_a000,
        0x3d2a_47f8_8fcc_e5ba,
    ],
    [
        0x3ff4_7800_0000_0000,
        0xbfcf_871b_2895_6000,
        0x3d3f_75fd_6a52_6efe,
    ],
    [
        0x3ff4_1800_0000_0000,
        0xbfcd_2935_81b6_c000,
        0x3d38_3270_128a_aa5f,
    ],
    [
        0x3ff3_b000_0000_0000,
        0xbfca_8bec_fc88_2000,
        0xbd3e_3185_cf21_b9cf,
    ],
    [
        0x3ff3_5000_0000_0000,
        0xbfc8_15c0_a143_6000,
        0x3d30_2a52_f920_1ce8,
    ],
    [
        0x3ff2_f800_0000_0000,
        0xbfc5_c940_0759_8000,
        0x3d3a_8d94_8cd2_3322,
    ],
    [
        0x3ff2_a000_0000_0000,
        0xbfc3_71fc_201e_8000,
        0xbd3e_e877_9b2d_8abc,
    ],
    [
        0x3ff2_4800_0000_0000,
        0xbfc1_0f8e_4225_4000,
        0x3d29_3b38_4339_6307,
    ],
    [
        0x3ff1_f800_0000_0000,
        0xbfbd_b527_0187_c000,
        0xbd39_2778_56ae_181f,
    ],
    [
        0x3ff1_a800_0000_0000,
        0xbfb9_375e_5559_4000,
        0xbd3e_ddc3_7380_c364,
    ],
    [
        0x3ff1_5800_0000_0000,
        0xbfb4_a50d_3aa1_c000,
        0x3d2f_7fe1_3089_73e2,
    ],
    [
        0x3ff1_1000_0000_0000,
        0xbfb0_7598_3599_0000,
        0x3d3b_8ecf_e4b5_9987,
    ],
    [
        0x3ff0_c800_0000_0000,
        0xbfa8_68a8_3084_0000,
        0x3d12_623a_134a_c693,
    ],
    [
        0x3ff0_8800_0000_0000,
        0xbfa0_b94f_7c19_8000,
        0x3d2e_8989_6f02_2783,
    ],
    [
        0x3ff0_4000_0000_0000,
        0xbf8f_c0a8_b0fc_0000,
        0xbcdf_1e7c_f6d3_a69c,
    ],
    [
        0x3ff0_0000_0000_0000,
        0x0000_0000_0000_0000,
        0x0000_0000_0000_0000,
    ],
    [
        0x3fef_8000_0000_0000,
        0x3f90_2056_5893_0000,
        0x3d36_11d2_7c8e_8417,
    ],
    [
        0x3fef_0000_0000_0000,
        0x3fa0_415d_89e7_8000,
        0xbd3d_ddc7_f461_c516,
    ],
    [
        0x3fee_9000_0000_0000,
        0x3fa7_8859_5a35_8000,
        0xbd10_8b0d_083b_3a4c,
    ],
    [
        0x3fee_2000_0000_0000,
        0x3fae_ea31_c006_8000,
        0x3d3c_3dd8_3606_d891,
    ],
    [
        0x3fed_b000_0000_0000,
        0x3fb3_33d7_f818_4000,
        0xbce6_92b6_a81b_8848,
    ],
    [
        0x3fed_4000_0000_0000,
        0x3fb7_00d3_0aea_c000,
        0x3cec_1e8d_a99d_ed32,
    ],
    [
        0x3fec_e000_0000_0000,
        0x3fba_4e76_40b1_c000,
        0xbd0e_42b6_b944_07c8,
    ],
    [
        0x3fec_7000_0000_0000,
        0x3fbe_3707_ee30_4000,
        0x3d20_f684_e676_6abd,
    ],
    [
        0x3fec_1000_0000_0000,
        0x3fc0_ce7e_cdcc_c000,
        0x3d14_652d_abff_5447,
    ],
    [
        0x3feb_b000_0000_0000,
        0x3fc2_8753_bc11_a000,
        0x3d37_494e_3593_02e6,
    ],
    [
        0x3feb_5000_0000_0000,
        0x3fc4_462b_9dc9_c000,
        0xbd38_4858_a711_b062,
    ],
    [
        0x3fea_f000_0000_0000,
        0x3fc6_0b31_00b0_a000,
        0xbd37_1456_c988_f814,
    ],
    [
        0x3fea_a000_0000_0000,
        0x3fc7_898d_8544_4000,
        0x3d38_e67b_e3db_af3f,
    ],
    [
        0x3fea_4000_0000_0000,
        0x3fc9_5a5a_dcf7_0000,
        0x3d07_f228_58a0_ff6f,
    ],
    [
        0x3fe9_f000_0000_0000,
        0x3fca_e2ca_6f67_2000,
        0x3d37_a8d5_ae54_f550,
    ],
    [
        0x3fe9_a000_0000_0000,
        0x3fcc_6ffb_c6f0_0000,
        0x3d3e_e138_d3a6_9d43,
    ],
    [
        0x3fe9_5000_0000_0000,
        0x3fce_020c_c623_6000,
        0xbd25_2b00_adb9_1424,
    ],
    [
        0x3fe9_0000_0000_0000,
        0x3fcf_991c_6cb3_c000,
        0xbd39_0d04_cd7c_c834,
    ],
    [
        0x3fe8_b000_0000_0000,
        0x3fd0_9aa5_72e6_c000,
        0x3d3b_50a1_e173_4342,
    ],
    [
        0x3fe8_6000_0000_0000,
        0x3fd1_6b5c_cbad_0000,
        0xbd32_3299_042d_74bf,
    ],
    [
        0x3fe8_2000_0000_0000,
        0x3fd2_1445_6d0e_c000,
        0xbd3c_af04_28b7_28a3,
    ],
    [
        0x3fe7_d000_0000_0000,
        0x3fd2_e9e2_bce1_2000,
        0x3d24_300c_128d_1dc2,
    ],
    [
        0x3fe7_9000_0000_0000,
        0x3fd3_96ce_359b_c000,
        0xbd05_839c_5663_663d,
    ],
    [
        0x3fe7_4000_0000_0000,
        0x3fd4_718d_c271_c000,
        0x3d30_6c18_fb4c_14c5,
    ],
    [
        0x3fe7_0000_0000_0000,
        0x3fd5_22ae_0738_a000,
        0x3d2e_be70_8164_c759,
    ],
    [
        0x3fe6_c000_0000_0000,
        0x3fd5_d5bd_df59_6000,
        0xbd0a_0b2a_08a4_65dc,
    ],
    [
        0x3fe6_8000_0000_0000,
        0x3fd6_8ac8_3e9c_7000,
        0xbd37_af96_6c54_8a30,
    ],
];
