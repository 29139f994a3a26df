//! What a sandbox runs: it waits, reaps what is left behind in a shared process namespace, and ends when it is told to.
//!
//! A static program of a few hundred bytes without a library, so that the agent can carry it and no registry is needed. Every signal is
//! blocked and taken one by one; nothing is ever handled asynchronously.

#![no_std]

use core::arch::asm;

#[cfg(target_arch = "x86_64")]
mod call {
    pub const SIGPROCMASK: usize = 14;
    pub const SIGTIMEDWAIT: usize = 128;
    pub const WAIT4: usize = 61;
    pub const EXIT_GROUP: usize = 231;
}
#[cfg(target_arch = "aarch64")]
mod call {
    pub const SIGPROCMASK: usize = 135;
    pub const SIGTIMEDWAIT: usize = 137;
    pub const WAIT4: usize = 260;
    pub const EXIT_GROUP: usize = 94;
}

const SET_MASK: usize = 2;
const SET_BYTES: usize = 8;
const NO_HANG: usize = 1;
const ANY_CHILD: usize = 0xffff_ffff_ffff_ffff;

#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    // A promoted constant: it lives as long as the program.
    let every_signal = &0xffff_ffff_ffff_ffff_u64 as *const u64 as usize;
    // SAFETY: the kernel reads eight bytes at `every_signal`; the other pointers are null, which each call allows.
    unsafe {
        system_call(call::SIGPROCMASK, SET_MASK, every_signal, 0, SET_BYTES);
        loop {
            match system_call(call::SIGTIMEDWAIT, every_signal, 0, 0, SET_BYTES) {
                // SIGINT, SIGTERM.
                2 | 15 => loop {
                    system_call(call::EXIT_GROUP, 0, 0, 0, 0);
                },
                // SIGCHLD: one may stand for many.
                17 => loop {
                    match system_call(call::WAIT4, ANY_CHILD, 0, NO_HANG, 0) {
                        1..=0x7fff_ffff => {}
                        _ => break,
                    }
                },
                _ => {}
            }
        }
    }
}

#[inline(always)]
unsafe fn system_call(number: usize, a: usize, b: usize, c: usize, d: usize) -> usize {
    let result;
    // SAFETY: the caller vouches for the arguments; the clobbered registers are named.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d,
             lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a => result, in("x1") b, in("x2") c, in("x3") d,
             options(nostack));
    }
    result
}
