import Model
import Settings

/// All that a forecast of retention follows from: as long as it is the same, so is the forecast. A freeze is no part of it,
/// which only puts off what a forecast says.
struct ForecastBasis: Sendable, Equatable {
    private static let yearsLooked: Int64 = 10

    let database: DatabaseSettings
    /// Of which of its stores.
    let store: String
    let policy: RetentionPolicy?
    let candidates: [RetentionCandidate]
    let asksForProof: Bool
    /// The schedule's first run to come.
    let next: Timestamp

    /// Makes up to hundreds of plans.
    /// - Returns: nil where nothing goes for long.
    func forecast() -> RetentionForecast? {
        guard let schedule = database.schedule else { return nil }
        let end = Timestamp(seconds: next.seconds + Self.yearsLooked * 366 * 86_400)
        return RetentionForecast(
            candidates: candidates, policy: policy, zone: database.zone, asksForProof: asksForProof,
            slots: schedule.slots(in: next..<end, zone: database.zone))
    }
}
