#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| terabin_fuzz::chunk(32_026, data));
