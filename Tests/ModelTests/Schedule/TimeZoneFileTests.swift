import Model
import TestSupport
import Testing

@Suite struct TimeZoneFileTests {
    @Test("A file of the first version is read by its 32-bit block")
    func firstVersion() throws {
        var file = ZoneFileBuilder(version: 0)
        file.types = [.init(offset: 3208, abbreviation: "LMT"), .init(offset: -3600, abbreviation: "-01")]
        file.transitions = [(at: -1000, type: 1)]
        let rules = try TimeZoneRules(name: "old", tzif: file.bytes())
        #expect(rules.offset(at: Timestamp(seconds: -1001)) == 3208)
        #expect(rules.offset(at: Timestamp(seconds: -1000)) == -3600)
        #expect(rules.abbreviation(at: Timestamp(seconds: 5_000_000_000)) == "-01")
        #expect(rules.nextTransition(after: Timestamp(seconds: -1000)) == nil)
    }

    @Test("Later versions are read by their 64-bit block alone", arguments: [2, 3, 4] as [UInt8])
    func laterVersions(version: UInt8) throws {
        var file = ZoneFileBuilder(version: UInt8(ascii: "0") + version)
        file.types = [.init(offset: 0, abbreviation: "AAA"), .init(offset: 60, abbreviation: "BBB")]
        file.transitions = [(at: -10_000_000_000, type: 1), (at: 10_000_000_000, type: 0)]
        let rules = try TimeZoneRules(name: "new", tzif: file.bytes())
        let times: [Int64] = [-10_000_000_001, -10_000_000_000, 1, 9_999_999_999, 10_000_000_000]
        let offsets = times.map { rules.offset(at: Timestamp(seconds: $0)) }
        #expect(offsets == [0, 60, 60, 60, 0])
    }

    @Test("A change of the name alone is no transition")
    func namesChange() throws {
        var file = ZoneFileBuilder()
        file.types = [
            .init(offset: 0, abbreviation: "AAA"), .init(offset: 0, abbreviation: "BBB"),
            .init(offset: 60, abbreviation: "CCC"),
        ]
        file.transitions = [(at: 100, type: 1), (at: 200, type: 2), (at: 300, type: 2)]
        let rules = try TimeZoneRules(name: "names", tzif: file.bytes())
        #expect(rules.abbreviation(at: Timestamp(seconds: 99)) == "AAA")
        #expect(rules.abbreviation(at: Timestamp(seconds: 100)) == "BBB")
        let transition = try #require(rules.nextTransition(after: Timestamp(seconds: 0)))
        #expect(transition.at.seconds == 200)
        #expect(transition.offsetBefore == 0)
        #expect(transition.offsetAfter == 60)
        #expect(rules.nextTransition(after: transition.at) == nil)
    }

    @Test("The rule at the end says when summer begins and ends", arguments: FooterCase.all)
    func footers(_ footer: FooterCase) throws {
        var file = ZoneFileBuilder(version: UInt8(ascii: "3"))
        file.types = [.init(offset: footer.offset, abbreviation: "STD")]
        file.transitions = [(at: 0, type: 0)]
        file.footer = footer.text
        let rules = try TimeZoneRules(name: "rule", tzif: file.bytes())
        var found: [String] = []
        var time = try utc(footer.after)
        while found.count < footer.transitions.count, let next = rules.nextTransition(after: time) {
            found.append("\(next.at.text) \(rules.abbreviation(at: next.at)) \(next.offsetAfter)")
            time = next.at
        }
        #expect(found == footer.transitions)
        if footer.transitions.isEmpty { #expect(rules.nextTransition(after: time) == nil) }
    }

    @Test(
        "Daylight saving all year is one offset without transitions",
        arguments: ["XXX3EDT4,0/0,J365/23", "EST5EDT,0/0,J365/25", "EST5EDT4,J1/0,J365/167"])
    func allYear(text: String) throws {
        var file = ZoneFileBuilder(version: UInt8(ascii: "3"))
        file.types = [.init(offset: -14400, isDaylight: true, abbreviation: "EDT")]
        file.footer = text
        for hasTransition in [false, true] {
            file.transitions = hasTransition ? [(at: 0, type: 0)] : []
            let rules = try TimeZoneRules(name: "summer", tzif: file.bytes())
            #expect(rules.nextTransition(after: Timestamp(seconds: 0)) == nil)
            #expect(rules.offset(at: Timestamp(seconds: 1_773_541_800)) == -14400)
            #expect(rules.abbreviation(at: Timestamp(seconds: 1_773_541_800)) == "EDT")
        }
    }

    @Test("A file without transitions follows its rule")
    func ruleAlone() throws {
        var file = ZoneFileBuilder()
        file.types = [.init(offset: 3600, abbreviation: "CET")]
        file.footer = "CET-1CEST,M3.5.0,M10.5.0/3"
        let rules = try TimeZoneRules(name: "rule", tzif: file.bytes())
        let times = ["2026-03-29 00:59:59", "2026-03-29 01:00", "1955-07-01 00:00", "1700-07-01 00:00"]
        let offsets = try times.map { rules.offset(at: try utc($0)) }
        #expect(offsets == [3600, 7200, 7200, 3600])
    }

    @Test("A zone that counts leap seconds is refused, and the message says what to write")
    func leapSeconds() throws {
        var file = ZoneFileBuilder()
        file.leapSeconds = 27
        let bytes = file.bytes()
        let error = #expect(throws: TimeZoneError.self) { try TimeZoneRules(name: "right/Europe/Berlin", tzif: bytes) }
        #expect(error?.code == .configuration)
        #expect(error?.hint?.contains("Europe/Berlin") == true)
    }
}

/// A rule, and the transitions that follow from it.
struct FooterCase: Sendable, CustomStringConvertible {
    let text: String
    let offset: Int32
    let after: String
    let transitions: [String]

    var description: String { text }

    static let all: [FooterCase] = [
        FooterCase(
            text: "<+0330>-3:30<+0430>,J79/24,J263/24", offset: 12600, after: "2027-12-01 00:00",
            transitions: ["2028-03-20T20:30:00Z +0430 16200", "2028-09-20T19:30:00Z +0330 12600"]),
        FooterCase(
            text: "AAA0BBB,59/0,300/-1:30", offset: 0, after: "2027-12-01 00:00",
            transitions: [
                "2028-02-29T00:00:00Z BBB 3600", "2028-10-26T21:30:00Z AAA 0", "2029-03-01T00:00:00Z BBB 3600",
            ]),
        FooterCase(
            text: "EET-2EEST,M3.4.4/50,M10.4.4/50", offset: 7200, after: "2026-01-01 00:00",
            transitions: ["2026-03-28T00:00:00Z EEST 10800", "2026-10-23T23:00:00Z EET 7200"]),
        FooterCase(
            text: "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", offset: -7200, after: "2026-01-01 00:00",
            transitions: ["2026-03-29T01:00:00Z -01 -3600", "2026-10-25T01:00:00Z -02 -7200"]),
        FooterCase(
            text: "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", offset: 37800, after: "2026-01-01 00:00",
            transitions: ["2026-04-04T15:00:00Z +1030 37800", "2026-10-03T15:30:00Z +11 39600"]),
        FooterCase(
            text: "IST-1GMT0,M10.5.0,M3.5.0/1", offset: 3600, after: "2026-01-01 00:00",
            transitions: ["2026-03-29T01:00:00Z IST 3600", "2026-10-25T01:00:00Z GMT 0"]),
        FooterCase(
            text: "AAA-1BBB,M1.1.1/-167,M7.1.1/167:59:59", offset: 3600, after: "2026-02-01 00:00",
            transitions: ["2026-07-12T21:59:59Z AAA 3600", "2026-12-28T00:00:00Z BBB 7200"]),
        FooterCase(text: "AAA-1", offset: 3600, after: "2026-01-01 00:00", transitions: []),
        FooterCase(text: "AAA-1BBB-1,M3.5.0,M10.5.0", offset: 3600, after: "2026-01-01 00:00", transitions: []),
    ]
}
