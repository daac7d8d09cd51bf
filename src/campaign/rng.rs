//! Chance that can be repeated: the same seed, the same campaign, on every machine.

/// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
#[derive(Debug, Clone)]
pub struct Rng(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Rng {
    /// The numbers that follow from this seed.
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// The numbers for one thing of this name: they do not depend on what else is drawn.
    pub fn of(seed: u64, name: &str) -> Rng {
        // FNV-1a.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Rng(Rng(seed ^ hash).draw())
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where `end` is 0. The bias of the remainder is below `end` / 2^64.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.draw() % end).unwrap_or(0)
    }

    /// True in this many of a hundred draws.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of them; `None` of nothing.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// Puts them into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

/// The seed of a round. That of round 0 is the campaign's own, so that any round can be run again as a first one.
pub fn round_seed(seed: u64, round: u64) -> u64 {
    if round == 0 { seed } else { Rng(seed.wrapping_add(round.wrapping_mul(GOLDEN))).draw() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_reference_implementation() {
        let mut rng = Rng::new(1_234_567);
        assert_eq!([rng.draw(), rng.draw()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn a_round_can_be_run_again_as_the_first() {
        let third = round_seed(7, 3);
        assert_eq!(round_seed(third, 0), third);
        assert_ne!(third, round_seed(7, 4));
    }

    #[test]
    fn what_is_drawn_for_a_name_depends_on_nothing_else() {
        assert_eq!(Rng::of(7, "a").draw(), Rng::of(7, "a").draw());
        assert_ne!(Rng::of(7, "a").draw(), Rng::of(7, "b").draw());
        assert_eq!(Rng::new(1).below(0), 0);
        let mut list = [1, 2, 3, 4, 5];
        Rng::new(3).shuffle(&mut list);
        list.sort_unstable();
        assert_eq!(list, [1, 2, 3, 4, 5]);
    }
}
