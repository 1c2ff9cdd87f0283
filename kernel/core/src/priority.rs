//! How important a task is.

macro_rules! levels {
    ($($name:ident)*) => {
        /// A priority: 0 to 31, 31 the most important.
        ///
        /// A type of its own, and one with exactly these values: where one comes from memory the compiler knows that it is a
        /// place in a bitmap of 32 bits and in an array of 32 lists, and checks nothing.
        #[allow(missing_docs, reason = "a number says it all")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Priority { $($name),* }

        const ALL: [Priority; 32] = [$(Priority::$name),*];
    };
}

levels! {
    P0 P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15
    P16 P17 P18 P19 P20 P21 P22 P23 P24 P25 P26 P27 P28 P29 P30 P31
}

impl Priority {
    /// The priority of a number; `None` if it is above 31.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if (number as usize) < ALL.len() { Some(ALL[number as usize]) } else { None }
    }

    /// Its number.
    #[inline(always)]
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}
