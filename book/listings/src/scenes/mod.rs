//! What is played on the stage for the pictures, chapter by chapter.

mod ch1;
mod ch13;
mod ch15;
mod ch16;
mod ch17;
mod ch18;
mod ch19;
mod ch2;
mod ch20;
mod ch3;
mod ch4;
mod ch5;
mod ch6;
mod ch7;
mod ch8;
mod ch9;
mod words;

pub use words::zh;

use crate::picture::Picture;

/// All of the pictures.
pub fn pictures() -> Vec<Picture> {
    vec![
        ch1::kettles(),
        ch2::coffee(),
        ch2::phone_calls(),
        ch3::frozen(),
        ch4::fork_join(),
        ch5::lock_order(),
        ch6::barrier(),
        ch7::back_pressure(),
        ch8::results(),
        ch8::nested(),
        ch9::whose_number(),
        ch13::ladder(),
        ch15::turns(),
        ch16::handshake(),
        ch17::policies(),
        ch18::bridges(),
        ch19::loops(),
        ch20::leaving(),
    ]
}
