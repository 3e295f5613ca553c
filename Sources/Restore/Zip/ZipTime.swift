import Model

/// When an entry was changed, in both forms that archives have: MS-DOS's, here in UTC and in steps of two seconds
/// (APPNOTE.TXT 4.4.6), and Info-ZIP's extra field 0x5455, which is exact and says that it is UTC.
struct ZipTime: Sendable {
    private static let extraID: UInt16 = 0x5455
    /// That the field holds a time of modification, and no other.
    private static let hasModification: UInt8 = 1
    private static let years = 1980...2107

    let time: UInt16
    let date: UInt16
    /// The extra field; empty for times that its 32 bits cannot hold.
    let extra: [UInt8]

    /// - Parameter moment: Years that MS-DOS does not know become the nearest that it does.
    init(_ moment: Timestamp) {
        let at = moment.fields
        if Self.years.contains(at.year) {
            time = UInt16(at.hour << 11 | at.minute << 5 | at.second / 2)
            date = UInt16((at.year - Self.years.lowerBound) << 9 | at.month << 5 | at.day)
        } else if at.year < Self.years.lowerBound {
            (time, date) = (0, 1 << 5 | 1)
        } else {
            time = UInt16(23 << 11 | 59 << 5 | 58 / 2)
            date = UInt16((Self.years.upperBound - Self.years.lowerBound) << 9 | 12 << 5 | 31)
        }
        var extra: [UInt8] = []
        if let seconds = Int32(exactly: moment.seconds) {
            extra.append(littleEndian: Self.extraID)
            extra.append(littleEndian: UInt16(5))
            extra.append(Self.hasModification)
            extra.append(littleEndian: seconds)
        }
        self.extra = extra
    }
}
