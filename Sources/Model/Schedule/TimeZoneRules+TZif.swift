extension TimeZoneRules {
    /// Reads a TZif file (RFC 8536), version 1 to 4, as it lies in /usr/share/zoneinfo.
    ///
    /// - Parameter name: what the zone is called in messages: `Europe/Berlin`.
    /// - Throws: code `io` if the bytes are damaged; code `configuration` if the zone counts leap seconds.
    package init(name: String, tzif bytes: [UInt8]) throws(TimeZoneError) {
        var reader = TZifReader(name: name, bytes: bytes)
        self = try reader.rules()
    }
}

/// Goes through the bytes of a TZif file; whatever they are, they are refused or understood.
struct TZifReader {
    private struct Header {
        let version: UInt8
        let utIndicators: Int
        let standardIndicators: Int
        let leapSeconds: Int
        let times: Int
        let types: Int
        let characters: Int

        /// The number of bytes of the data that follow, with times of `timeSize` bytes.
        func dataSize(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters + leapSeconds * (timeSize + 4) + standardIndicators
                + utIndicators
        }
    }

    /// What an offset from UTC may be, in seconds: more than -25 hours, less than 26.
    static let offsets: ClosedRange<Int64> = -89_999...93_599

    private let name: String
    private let bytes: [UInt8]
    private var position = 0

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    mutating func rules() throws(TimeZoneError) -> TimeZoneRules {
        var header = try readHeader()
        var timeSize = 4
        if header.version > 0 {
            // The first block is for readers of 32 bits, the second says the same and more.
            _ = try take(header.dataSize(timeSize: timeSize))
            header = try readHeader()
            timeSize = 8
        }
        guard header.leapSeconds == 0 else { throw TimeZoneError.countsLeapSeconds(name) }
        guard header.types > 0 else { throw damaged("it has no type of local time") }
        for count in [header.utIndicators, header.standardIndicators] where count != 0 && count != header.types {
            throw damaged("it has \(count) indicators for \(header.types) types of local time")
        }
        let times = try readTimes(header.times, size: timeSize)
        let indexes = try take(header.times)
        let records = try take(header.types * 6)
        let characters = try take(header.characters)
        _ = try take(header.standardIndicators + header.utIndicators)
        let types = try readTypes(records, characters: characters)
        var steps: [TimeZoneRules.Step] = []
        for (time, index) in zip(times, indexes) {
            guard Int(index) < types.count else { throw damaged("a transition leads to a type that is not there") }
            steps.append(TimeZoneRules.Step(at: time, type: Int(index)))
        }
        let rule = try header.version > 0 ? readFooter() : nil
        return TimeZoneRules(name: name, types: types, steps: steps, rule: rule)
    }

    private mutating func readHeader() throws(TimeZoneError) -> Header {
        guard try Array(take(4)) == Array("TZif".utf8) else { throw damaged("it is not a TZif file") }
        let version = try take(1).first ?? 0
        guard version == 0 || (50...57).contains(version) else { throw damaged("its version is unknown") }
        _ = try take(15)
        return Header(
            version: version, utIndicators: try readCount(), standardIndicators: try readCount(),
            leapSeconds: try readCount(), times: try readCount(), types: try readCount(),
            characters: try readCount())
    }

    /// An unsigned number of 32 bits.
    private mutating func readCount() throws(TimeZoneError) -> Int {
        try take(4).reduce(0) { $0 << 8 | Int($1) }
    }

    /// Transition times: strictly ascending, none unspeakably far away.
    private mutating func readTimes(_ count: Int, size: Int) throws(TimeZoneError) -> [Int64] {
        var times: [Int64] = []
        var rest = try take(count * size)
        while let first = rest.first {
            // The first byte carries the sign.
            let time = rest.prefix(size).dropFirst().reduce(Int64(Int8(bitPattern: first))) { $0 << 8 | Int64($1) }
            rest = rest.dropFirst(size)
            guard time.magnitude <= 1 << 60 else { throw damaged("a transition lies too far away") }
            if let last = times.last, time <= last { throw damaged("its transitions are not in order") }
            times.append(time)
        }
        return times
    }

    private func readTypes(
        _ records: ArraySlice<UInt8>, characters: ArraySlice<UInt8>
    ) throws(TimeZoneError) -> [TimeZoneRules.LocalTimeType] {
        var types: [TimeZoneRules.LocalTimeType] = []
        var rest = records
        while rest.count >= 6 {
            let record = Array(rest.prefix(6))
            rest = rest.dropFirst(6)
            let offset = record[1..<4].reduce(Int64(Int8(bitPattern: record[0]))) { $0 << 8 | Int64($1) }
            guard Self.offsets.contains(offset) else { throw damaged("an offset is \(offset) seconds") }
            guard record[4] <= 1 else { throw damaged("a type is neither standard nor daylight saving time") }
            let tail = characters.dropFirst(Int(record[5]))
            guard let end = tail.firstIndex(of: 0) else { throw damaged("a type of local time has no name") }
            let name = tail[tail.startIndex..<end]
            guard name.allSatisfy({ (33...126).contains($0) }) else { throw damaged("a name is not ASCII") }
            types.append(.init(offset: offset, abbreviation: String(decoding: name, as: UTF8.self)))
        }
        return types
    }

    /// The rule between two newlines; nil if there is none.
    private mutating func readFooter() throws(TimeZoneError) -> PosixTimeZone? {
        let newline = UInt8(ascii: "\n")
        guard try take(1).first == newline, let end = bytes[position...].firstIndex(of: newline) else {
            throw damaged("its last line is missing")
        }
        let text = Array(bytes[position..<end])
        position = end + 1
        if text.isEmpty { return nil }
        guard let rule = PosixTimeZone(text) else { throw damaged("its last line is not a rule") }
        return rule
    }

    private mutating func take(_ count: Int) throws(TimeZoneError) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else { throw damaged("it ends too early") }
        let start = position
        position += count
        return bytes[start..<position]
    }

    private func damaged(_ reason: String) -> TimeZoneError { .damaged(name, reason) }
}
