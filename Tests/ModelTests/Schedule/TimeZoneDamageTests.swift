import Model
import TestSupport
import Testing

@Suite struct TimeZoneDamageTests {
    @Test("A file that ends anywhere before its end is refused", arguments: ["Europe/Berlin", "Asia/Gaza", "Etc/UTC"])
    func truncation(name: String) throws {
        let bytes = try ZoneFiles.bytes(name)
        for length in bytes.indices {
            let error = #expect(throws: TimeZoneError.self, "\(length) bytes") {
                try TimeZoneRules(name: name, tzif: Array(bytes.prefix(length)))
            }
            #expect(error?.code == .io)
        }
    }

    @Test("Changed bytes are refused or understood, and never stop the program")
    func flips() throws {
        let bytes = try ZoneFiles.bytes("Australia/Lord_Howe")
        let schedule = try Schedule(parsing: "30 2 * * *")
        let now = try utc("2026-03-15 02:30")
        var generator = SeededGenerator(seed: 8536)
        var refused = 0
        for _ in 0..<600 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: changed.indices, using: &generator)
                changed[index] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let rules = try? TimeZoneRules(name: "changed", tzif: changed) else {
                refused += 1
                continue
            }
            let next = try #require(schedule.next(after: now, in: rules))
            #expect(next > now)
            _ = rules.timestamps(of: rules.civilTime(at: next))
        }
        #expect((1..<600).contains(refused))
    }

    @Test("What cannot be so is refused", arguments: Damage.all)
    func damage(_ damage: Damage) throws {
        var file = ZoneFileBuilder()
        file.types = [.init(offset: 0, abbreviation: "AAA"), .init(offset: 3600, abbreviation: "BBB")]
        file.transitions = [(at: 0, type: 1), (at: 100, type: 0)]
        let sound = file.bytes()
        #expect(throws: Never.self) { try TimeZoneRules(name: "sound", tzif: sound) }
        let bytes = damage.apply(file)
        let error = #expect(throws: TimeZoneError.self) { try TimeZoneRules(name: "Mars/Olympus", tzif: bytes) }
        #expect(error?.code == .io)
        #expect(error?.message.contains("Mars/Olympus") == true)
        #expect(error?.hint?.contains("tzdata") == true)
    }

    @Test(
        "A last line that is no rule is refused",
        arguments: [
            "CET", "CE-1", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x",
            "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
            "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J300", "CET-1CEST,J366,J300", "CET-1CEST,366,300",
            "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0/2:60,M10.5.0", "<+01-1", "<+1>-1", "CET-1CEST-1:",
            "CET-1CEST-24:59:59x,M3.5.0,M10.5.0", "CET24:59:59CEST25,M3.5.0,M10.5.0", "-1CET",
            "CET-1CEST,M3.5,M10.5.0", "CET-1CEST,M99999999999999999999.5.0,M10.5.0",
        ])
    func footers(text: String) throws {
        var file = ZoneFileBuilder()
        file.footer = text
        let bytes = file.bytes()
        let error = #expect(throws: TimeZoneError.self) { try TimeZoneRules(name: "rule", tzif: bytes) }
        #expect(error?.code == .io)
    }
}

/// An edit after which a time zone file says what cannot be so.
struct Damage: Sendable, CustomStringConvertible {
    let description: String
    let apply: @Sendable (ZoneFileBuilder) -> [UInt8]

    init(_ description: String, file edit: @escaping @Sendable (inout ZoneFileBuilder) -> Void) {
        self.description = description
        apply = { sound in
            var file = sound
            edit(&file)
            return file.bytes()
        }
    }

    init(_ description: String, bytes edit: @escaping @Sendable (inout [UInt8]) -> Void) {
        self.description = description
        apply = { sound in
            var bytes = sound.bytes()
            edit(&bytes)
            return bytes
        }
    }

    static let all: [Damage] = [
        Damage("nothing at all", bytes: { $0 = [] }),
        Damage("another kind of file", bytes: { $0[0] = 0x55 }),
        Damage("an unknown version", bytes: { $0[4] = UInt8(ascii: "1") }),
        Damage("a count that is too large", bytes: { $0[32] = 0xFF }),
        Damage("no newline at the end", bytes: { $0.removeLast() }),
        Damage("transitions in the wrong order", file: { $0.transitions = [(at: 100, type: 1), (at: 0, type: 0)] }),
        Damage("two transitions at once", file: { $0.transitions = [(at: 100, type: 1), (at: 100, type: 0)] }),
        Damage("a transition unspeakably long ago", file: { $0.transitions[0].at = .min }),
        Damage("a type that is not there", file: { $0.transitions[1].type = 2 }),
        Damage("no types", file: { $0.types = [] }),
        Damage("an offset of a day and more to the west", file: { $0.types[0].offset = -90_000 }),
        Damage("an offset of a day and more to the east", file: { $0.types[0].offset = 93_600 }),
        Damage("an offset of years", file: { $0.types[0].offset = .max }),
        Damage("a name that is not ASCII", file: { $0.types[0].abbreviation = "Ö" }),
    ]
}
