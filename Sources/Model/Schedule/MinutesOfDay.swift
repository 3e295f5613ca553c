/// A set of the 1,440 minutes of a day, never empty.
struct MinutesOfDay: Sendable, Hashable {
    static let dayLength = 1440

    /// Bit n of word w for the minute 64 w + n.
    private var words = [UInt64](repeating: 0, count: 23)

    /// Minute 0, then every `step` minutes to the day's end.
    init(every step: Int) {
        for minute in stride(from: 0, to: Self.dayLength, by: max(step, 1)) { insert(minute) }
    }

    /// All `minutes` of all `hours`, a bit for each; if there are none, minute 0.
    init(hours: UInt64, minutes: UInt64) {
        for hour in 0..<24 where hours.contains(bit: hour) {
            for minute in 0..<60 where minutes.contains(bit: minute) { insert(hour * 60 + minute) }
        }
        if count == 0 { insert(0) }
    }

    private mutating func insert(_ minute: Int) {
        words[minute >> 6].insert(bit: minute & 63)
    }

    var count: Int { count(before: Self.dayLength) }

    var earliest: Int { first(atOrAfter: 0) ?? 0 }

    var latest: Int { last(atOrBefore: Self.dayLength - 1) ?? 0 }

    /// - Parameter minute: 0 to 1439.
    func first(atOrAfter minute: Int) -> Int? {
        var word = minute >> 6
        var bits = words[word] & UInt64.bits(from: minute & 63)
        while bits == 0 {
            word += 1
            guard word < words.count else { return nil }
            bits = words[word]
        }
        return word << 6 + bits.trailingZeroBitCount
    }

    /// - Parameter minute: 0 to 1439.
    func last(atOrBefore minute: Int) -> Int? {
        var word = minute >> 6
        var bits = words[word] & ~(UInt64.bits(from: minute & 63) << 1)
        while bits == 0 {
            word -= 1
            guard word >= 0 else { return nil }
            bits = words[word]
        }
        return word << 6 + (63 - bits.leadingZeroBitCount)
    }

    /// How many of them come before `minute`, 0 to 1440.
    func count(before minute: Int) -> Int {
        let word = minute >> 6
        var count = (words[word] & UInt64.bits(below: minute & 63)).nonzeroBitCount
        for earlier in words[..<word] { count += earlier.nonzeroBitCount }
        return count
    }
}
