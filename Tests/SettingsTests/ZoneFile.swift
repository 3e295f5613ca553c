import Foundation

/// Files of time zones (RFC 8536, version 2) that have no transitions of their own, only a rule.
enum ZoneFile {
    static let berlin = file(rule: "CET-1CEST,M3.5.0,M10.5.0/3", offset: 3600, abbreviation: "CET")
    static let kathmandu = file(rule: "<+0545>-5:45", offset: 20_700, abbreviation: "+0545")
    static let newYork = file(rule: "EST5EDT,M3.2.0,M11.1.0", offset: -18_000, abbreviation: "EST")
    /// As the zones below `right/` are.
    static let withLeapSeconds = file(
        rule: "CET-1CEST,M3.5.0,M10.5.0/3", offset: 3600, abbreviation: "CET", leapSeconds: 1)

    private static func file(rule: String, offset: Int32, abbreviation: String, leapSeconds: Int = 0) -> Data {
        var bytes: [UInt8] = []
        for timeSize in [4, 8] {
            bytes += Array("TZif2".utf8)
            bytes += [UInt8](repeating: 0, count: 15)
            for count in [0, 0, leapSeconds, 0, 1, abbreviation.utf8.count + 1] { bytes += bigEndian(Int32(count)) }
            bytes += bigEndian(offset)
            bytes += [0, 0]
            bytes += Array(abbreviation.utf8)
            bytes += [0]
            bytes += [UInt8](repeating: 0, count: leapSeconds * (timeSize + 4))
        }
        bytes += Array("\n\(rule)\n".utf8)
        return Data(bytes)
    }

    private static func bigEndian(_ number: Int32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

extension ConfigurationFolder {
    /// Some of the world's zones, and the list of their names that tzdata has.
    func writeZones() throws {
        try write(ZoneFile.berlin, to: "zoneinfo/Europe/Berlin")
        try write(ZoneFile.kathmandu, to: "zoneinfo/Asia/Kathmandu")
        try write(ZoneFile.newYork, to: "zoneinfo/America/New_York")
        try write(ZoneFile.withLeapSeconds, to: "zoneinfo/right/Europe/Berlin")
        try write(
            """
            # version 2025b
            R d 1916 o - Jun 14 23s 1 S
            Z America/New_York -4:56:2 - LMT 1883 N 18 17u
            -5 u E%sT 1920
            Z Asia/Kathmandu 5:41:16 - LMT 1920
            Z Europe/Berlin 0:53:28 - LMT 1893 Ap
            L America/New_York US/Eastern

            """, to: "zoneinfo/tzdata.zi")
    }
}
