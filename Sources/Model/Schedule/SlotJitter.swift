/// How long after its slot a backup starts, so that many databases with one schedule do not all start at once.
///
/// The same on every machine and in every run, so that a plan can be shown: the delay of a database at a slot is
/// `h * n / 2^64`, rounded down, in seconds, where `n` is the maximum in whole seconds, and `h` is FNV-1a with 64 bits
/// (http://www.isthe.com/chongo/tech/comp/fnv/) of the name's UTF-8 bytes, a zero byte, and the slot's seconds since
/// 1970 as eight bytes, most significant first, which then goes through the finalizer of SplitMix64, because FNV's
/// upper bits hardly change from one slot to the next.
package enum SlotJitter {
    /// A delay of whole seconds, at least zero and less than `maximum`; zero if `maximum` is less than a second.
    package static func delay(of database: String, at slot: Timestamp, maximum: Duration) -> Duration {
        let limit = maximum.components.seconds
        guard limit > 0 else { return .zero }
        let (seconds, _) = hash(database, slot).multipliedFullWidth(by: UInt64(limit))
        return .seconds(Int64(seconds))
    }

    private static func hash(_ database: String, _ slot: Timestamp) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in database.utf8 { fold(byte, into: &hash) }
        fold(0, into: &hash)
        let seconds = UInt64(bitPattern: slot.seconds)
        for shift in stride(from: 56, through: 0, by: -8) {
            fold(UInt8(truncatingIfNeeded: seconds >> shift), into: &hash)
        }
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }

    private static func fold(_ byte: UInt8, into hash: inout UInt64) {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}
