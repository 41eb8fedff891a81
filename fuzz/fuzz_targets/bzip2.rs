#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| terabin_fuzz::chunk(307, data));
