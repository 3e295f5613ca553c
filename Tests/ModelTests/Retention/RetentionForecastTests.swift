import Model
import Testing

@Suite("What retention gives up next")
struct RetentionForecastTests {
    private static let day: Int64 = 86_400
    private static let begin: Int64 = 1_800_000_000

    private func candidates(_ count: Int) -> [RetentionCandidate] {
        (0..<count).map { number in
            RetentionCandidate(
                id: BackupID(time: Timestamp(seconds: Self.begin + Int64(number) * Self.day)), state: .verified)
        }
    }

    /// One a day behind the newest of `count` backups.
    private func slots(after count: Int) -> some Sequence<Timestamp> {
        (count..<(count + 1000)).lazy.map { Timestamp(seconds: Self.begin + Int64($0) * Self.day) }
    }

    @Test("is the oldest one, when as many newer ones are there as are kept", arguments: [3, 5, 7])
    func keepLast(count: Int) {
        let forecast = RetentionForecast(
            candidates: candidates(count), policy: RetentionPolicy(keepLast: 7), zone: .utc, asksForProof: true,
            slots: slots(after: count))
        #expect(forecast?.backup == candidates(count)[0].id)
        #expect(forecast?.at == Timestamp(seconds: Self.begin + 7 * Self.day))
    }

    @Test("is nothing where nothing is ever given up, or no run comes")
    func nothing() {
        for policy in [nil, RetentionPolicy(keepLast: 100_000)] {
            let forecast = RetentionForecast(
                candidates: candidates(3), policy: policy, zone: .utc, asksForProof: true, slots: slots(after: 3))
            #expect(forecast == nil)
        }
        let forecast = RetentionForecast(
            candidates: candidates(3), policy: RetentionPolicy(keepLast: 1), zone: .utc, asksForProof: true, slots: [])
        #expect(forecast == nil)
    }
}
