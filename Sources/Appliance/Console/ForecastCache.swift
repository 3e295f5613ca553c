import Model
import Settings
import Synchronization

/// The last forecast of each database, as long as it holds: a page that is looked at does not make it anew.
final class ForecastCache: Sendable {
    private struct Entry {
        let basis: ForecastBasis
        let forecast: RetentionForecast?
    }

    /// Databases.
    private let limit: Int
    private let make: @Sendable (ForecastBasis) -> RetentionForecast?
    private let entries = Mutex<[String: Entry]>([:])

    init(limit: Int = 1000, _ make: @escaping @Sendable (ForecastBasis) -> RetentionForecast? = { $0.forecast() }) {
        self.limit = limit
        self.make = make
    }

    @concurrent func forecast(of basis: ForecastBasis) async -> RetentionForecast? {
        let name = "\(basis.database.name)/\(basis.store)"
        if let known = entries.withLock({ $0[name] }), known.basis == basis { return known.forecast }
        let forecast = make(basis)
        entries.withLock { entries in
            // Databases that are gone have left theirs behind.
            if entries[name] == nil && entries.count >= limit { entries.removeAll() }
            entries[name] = Entry(basis: basis, forecast: forecast)
        }
        return forecast
    }
}
