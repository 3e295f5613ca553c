import Model
import Testing

@Suite("A time as a person writes it")
struct WrittenTimeTests {
    @Test(
        "means what clocks in the zone show",
        arguments: [
            ("2026-03-01 12:00", "2026-03-01T11:00:00Z"), ("2026-03-01T12:00", "2026-03-01T11:00:00Z"),
            ("2026-03-01 12:00:30", "2026-03-01T11:00:30Z"), ("2026-07-01 12:00", "2026-07-01T10:00:00Z"),
            ("2026-03-01 12", "2026-03-01T11:00:00Z"), ("2026-3-1 9:05", "2026-03-01T08:05:00Z"),
            // A date alone is its end, also where that day has 23 or 25 hours.
            ("2026-03-01", "2026-03-01T22:59:59Z"), ("2026-03-29", "2026-03-29T21:59:59Z"),
            ("2026-10-25", "2026-10-25T22:59:59Z"), ("20260301", "2026-03-01T22:59:59Z"),
        ])
    func inZone(text: String, expected: String) throws {
        let reading = try #require(WrittenTime(text)).reading(in: ZoneFiles.rules("Europe/Berlin"))
        #expect(reading.time.text == expected)
        #expect(reading.note == nil)
        #expect(WrittenTime(text)?.needsZone == true)
    }

    @Test(
        "means the same in every zone where it says its offset",
        arguments: [
            ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"), ("2026-03-01t12:00:00z", "2026-03-01T12:00:00Z"),
            ("2026-03-01T12:00:00+01:00", "2026-03-01T11:00:00Z"), ("2026-03-01 12:00 -0530", "2026-03-01T17:30:00Z"),
            ("2026-03-01T12:00:59.999Z", "2026-03-01T12:00:59Z"), ("2026-01-01T00:30+01:00", "2025-12-31T23:30:00Z"),
            ("20260301-120000", "2026-03-01T12:00:00Z"), ("20260301T120000Z", "2026-03-01T12:00:00Z"),
        ])
    func withOffset(text: String, expected: String) throws {
        let written = try #require(WrittenTime(text))
        #expect(!written.needsZone)
        for zone in ["Europe/Berlin", "Asia/Kathmandu"] {
            let reading = written.reading(in: try ZoneFiles.rules(zone))
            #expect(reading.time.text == expected)
            #expect(reading.note == nil)
        }
    }

    @Test("that clocks were put forward over means the moment of the change, and says so")
    func gap() throws {
        let reading = try #require(WrittenTime("2026-03-29 02:30")).reading(in: ZoneFiles.rules("Europe/Berlin"))
        #expect(reading.time.text == "2026-03-29T01:00:00Z")
        #expect(
            reading.note == "Clocks in Europe/Berlin were put forward over 2026-03-29 02:30:00: "
                + "the moment of that change is meant, 2026-03-29T01:00:00Z")
    }

    @Test("that clocks showed twice means the first time, and says how to write the second")
    func overlap() throws {
        let reading = try #require(WrittenTime("2026-10-25 02:30")).reading(in: ZoneFiles.rules("Europe/Berlin"))
        #expect(reading.time.text == "2026-10-25T00:30:00Z")
        #expect(reading.note?.hasSuffix("for the second one write 2026-10-25T01:30:00Z") == true)
    }

    @Test("a date whose last hour comes twice ends after the second one")
    func dayWithTwoEnds() throws {
        // Clocks in São Paulo went back from midnight to 23:00 on 17 February 2018.
        let reading = try #require(WrittenTime("2018-02-17")).reading(in: ZoneFiles.rules("America/Sao_Paulo"))
        #expect(reading.time.text == "2018-02-18T02:59:59Z")
        #expect(reading.note == nil)
    }

    @Test(
        "is refused where it is none",
        arguments: [
            "", "yesterday", "2026", "2026-13-01", "2026-02-29", "2026-03-15 25:00", "2026-03-15 02:60", "15.3.2026",
            "2026-03-15 02:3", "2026-03-15 02:30:", "2026-03-15T02:30:00+25:00", "2026-03-15Z", "2026-03-15 02:30 UT",
            "20260315-0230", "20261315-023000", "2026-03-15 02:30:00Z ", " 2026-03-15", "dump_20260315-023000",
        ])
    func refused(text: String) {
        #expect(WrittenTime(text) == nil)
    }
}
