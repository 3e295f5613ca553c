import Foundation
import Model
import Testing

/// The system's time zone files.
enum ZoneFiles {
    static let folder = "/usr/share/zoneinfo"

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
    }

    static func rules(_ name: String) throws -> TimeZoneRules {
        try TimeZoneRules(name: name, tzif: bytes(name))
    }

    /// All zones but those that count leap seconds and those that are there twice.
    static func names() throws -> [String] {
        let files = try #require(FileManager.default.enumerator(atPath: folder))
        let names = files.compactMap { $0 as? String }
        return names.filter { name in
            guard !name.hasPrefix("right/"), !name.hasPrefix("posix/"),
                let file = FileHandle(forReadingAtPath: "\(folder)/\(name)")
            else { return false }
            defer { try? file.close() }
            return (try? file.read(upToCount: 4)) == Data("TZif".utf8)
        }
        .sorted()
    }

    /// `2025b`; nil where the system does not say.
    static let version: String? = {
        let text = try? String(contentsOfFile: "\(folder)/tzdata.zi", encoding: .utf8)
        guard let line = text?.prefix(while: { $0 != "\n" }), line.hasPrefix("# version ") else { return nil }
        return String(line.dropFirst(10))
    }()

    /// Foundation brings its own copy of the world's rules, and is a fair judge only while that is the system's.
    static let areKnownToFoundation = TimeZone.timeZoneDataVersion == version
}

/// A time that a test names: `2026-03-29 01:00`, in UTC.
func utc(_ text: String) throws -> Timestamp {
    try #require(Timestamp(text), "\(text) is no time")
}

/// A time zone file that a test makes up.
struct ZoneFileBuilder {
    struct LocalType {
        var offset: Int32
        var isDaylight = false
        var abbreviation: String
    }

    /// 0 for the first version, else the digit.
    var version: UInt8 = UInt8(ascii: "2")
    var types = [LocalType(offset: 0, abbreviation: "AAA")]
    var transitions: [(at: Int64, type: UInt8)] = []
    var leapSeconds: UInt32 = 0
    var footer = ""

    func bytes() -> [UInt8] {
        guard version != 0 else { return block(timeSize: 4) }
        // The first block is for old readers; what is in it must not matter.
        var old = ZoneFileBuilder(version: version)
        old.types = [LocalType(offset: 12345, abbreviation: "OLD")]
        old.transitions = [(at: 1, type: 0)]
        return old.block(timeSize: 4) + block(timeSize: 8) + Array("\n\(footer)\n".utf8)
    }

    private func block(timeSize: Int) -> [UInt8] {
        var names: [UInt8] = []
        var records: [UInt8] = []
        for type in types {
            records += Self.bigEndian(Int64(type.offset), 4) + [type.isDaylight ? 1 : 0, UInt8(names.count)]
            names += Array(type.abbreviation.utf8) + [0]
        }
        var block = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        for count in [0, 0, Int(leapSeconds), transitions.count, types.count, names.count] {
            block += Self.bigEndian(Int64(count), 4)
        }
        for transition in transitions { block += Self.bigEndian(transition.at, timeSize) }
        block += transitions.map { $0.type }
        block += records + names
        block += [UInt8](repeating: 0, count: Int(leapSeconds) * (timeSize + 4))
        return block
    }

    private static func bigEndian(_ value: Int64, _ size: Int) -> [UInt8] {
        (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
    }
}
