import Model
import Testing

@Suite struct ShrinkAlarmTests {
    /// Backups of as many rows each, oldest first, one a day, with a thousand bytes a row.
    private static func measures(_ rows: [Int64], from day: Int64 = 0) -> [BackupMeasure] {
        rows.enumerated().map { index, rows in
            measure(day: day + Int64(index), rows: rows, bytes: rows.multipliedReportingOverflow(by: 1000).partialValue)
        }
    }

    private static func measure(day: Int64, rows: Int64, bytes: Int64) -> BackupMeasure {
        BackupMeasure(id: BackupID(time: Timestamp(seconds: 1_773_541_800 + day * 86_400)), rows: rows, bytes: bytes)
    }

    private static let half = ShrinkAlarm(tolerance: 0.5)

    @Test("Rows that fell are told with the median and the part that is gone")
    func rows() throws {
        let earlier = Self.measures([50_000, 51_000, 51_200, 51_400, 52_000])
        let new = Self.measure(day: 5, rows: 1024, bytes: 51_000_000)
        let found = Self.half.finding(for: new, among: earlier)
        let finding = try #require(found)
        #expect(finding.id == new.id)
        #expect(finding.falls.map(\.kind) == [.rows])
        #expect(finding.falls.map(\.value) == [1024])
        #expect(finding.falls.map(\.median) == [51_200])
        #expect(finding.falls.map(\.percent) == [98])
        #expect(finding.compared == 5)
        #expect(
            finding.text
                == "rows fell to 1,024 from a median of 51,200 (−98%) in the last 5 backups that count; "
                + "more than 50% is an alarm")
    }

    @Test("Bytes that fell are an alarm of their own, and both can fall at once")
    func bytes() throws {
        let size: Int64 = 50 << 20
        let earlier = [Self.measure(day: 0, rows: 100, bytes: size)]
        let onlyBytes = Self.half.finding(for: Self.measure(day: 1, rows: 100, bytes: 1 << 20), among: earlier)
        let finding = try #require(onlyBytes)
        #expect(
            finding.text
                == "the dump fell to 1.0 MiB from 50.0 MiB (−98%) in the last backup that counts; "
                + "more than 50% is an alarm")
        let both = Self.half.finding(for: Self.measure(day: 1, rows: 0, bytes: 0), among: earlier)
        #expect(both?.falls.map(\.kind) == [.rows, .bytes])
        #expect(both?.falls.map(\.percent) == [100, 100])
    }

    @Test(
        "It is a fall by more than the tolerance, not by just as much",
        arguments: [
            (0.5, 100, 50, false), (0.5, 100, 49, true), (0.1, 100, 90, false), (0.1, 100, 89, true),
            (0.3, 10, 7, false), (0.3, 10, 6, true), (0.9, 10, 1, false), (0.9, 10, 0, true), (0, 100, 100, false),
            (0, 100, 99, true), (-1, 100, 99, true), (1, 100, 0, false), (7, 100, 0, false), (0.125, 8, 7, false),
            (0.5, 100, 400, false), (0.7, 1_000_000_000_000_000_000, 300_000_000_000_000_000, false),
            (0.7, 1_000_000_000_000_000_000, 299_999_999_999_999_999, true),
        ] as [(Double, Int64, Int64, Bool)])
    func edge(tolerance: Double, before: Int64, now: Int64, isAlarm: Bool) {
        let earlier = [Self.measure(day: 0, rows: before, bytes: 0)]
        let new = Self.measure(day: 1, rows: now, bytes: 0)
        let finding = ShrinkAlarm(tolerance: tolerance).finding(for: new, among: earlier)
        #expect((finding != nil) == isAlarm)
    }

    @Test(
        "The median is that of the last five, or of as many as there are",
        arguments: [
            ([100], 100), ([100, 300], 200), ([100, 101], 100), ([900, 100, 300], 300), ([100, 300, 200, 900], 250),
            ([5, 1, 4, 2, 3], 3), ([1_000_000, 1_000_000, 1_000_000, 10, 20, 30, 40, 50], 30),
        ] as [([Int64], Int64)])
    func median(rows: [Int64], median: Int64) {
        let earlier = Self.measures(rows)
        let new = Self.measure(day: 100, rows: 0, bytes: 0)
        let orders: [[BackupMeasure]] = [earlier, earlier.reversed(), earlier.sorted { $0.rows < $1.rows }]
        for order in orders {
            let finding = Self.half.finding(for: new, among: order)
            #expect(finding?.falls.first?.median == median)
            #expect(finding?.compared == min(rows.count, 5))
        }
    }

    @Test("With nothing before it, or nothing in it before, nothing can fall")
    func nothingBefore() {
        let new = Self.measure(day: 5, rows: 0, bytes: 0)
        #expect(Self.half.finding(for: new, among: [BackupMeasure]()) == nil)
        #expect(Self.half.finding(for: new, among: Self.measures([0, 0, 0])) == nil)
        #expect(Self.half.finding(for: new, among: Self.measures([-5])) == nil)
    }

    @Test("A backup is compared with older ones alone")
    func onlyOlder() {
        let new = Self.measure(day: 5, rows: 10, bytes: 10_000)
        let later = Self.measures([1_000_000, 1_000_000], from: 6)
        #expect(Self.half.finding(for: new, among: later + [new]) == nil)
        #expect(Self.half.finding(for: new, among: later + Self.measures([12])) == nil)
    }

    @Test("The largest and the smallest numbers do not overflow")
    func extremes() throws {
        let earlier = (Int64(0)..<4).map { Self.measure(day: $0, rows: .max, bytes: .max) }
        let found = Self.half.finding(for: Self.measure(day: 9, rows: .min, bytes: .max), among: earlier)
        let finding = try #require(found)
        #expect(finding.falls.map(\.kind) == [.rows])
        #expect(finding.falls.map(\.value) == [0])
        #expect(finding.falls.map(\.median) == [.max])
        #expect(finding.falls.map(\.percent) == [100])
        let all = Self.half.finding(for: Self.measure(day: 9, rows: .max, bytes: .max), among: earlier)
        #expect(all == nil)
    }

    @Test("A fall of less than a percent is told as such, and so is a tolerance with a fraction")
    func smallNumbers() {
        let earlier = [Self.measure(day: 0, rows: 100_000, bytes: 0)]
        let new = Self.measure(day: 1, rows: 99_800, bytes: 0)
        let finding = ShrinkAlarm(tolerance: 0.00125).finding(for: new, among: earlier)
        #expect(
            finding?.text
                == "rows fell to 99,800 from 100,000 (by less than 1%) in the last backup that counts; "
                + "more than 0.125% is an alarm")
    }

    @Test("A tolerance that is no number tolerates nothing")
    func notANumber() {
        let earlier = [Self.measure(day: 0, rows: 100, bytes: 0)]
        let finding = ShrinkAlarm(tolerance: .nan).finding(
            for: Self.measure(day: 1, rows: 99, bytes: 0), among: earlier)
        #expect(finding != nil)
    }
}
