import Synchronization

/// One meter for each store, by the stores' names in the configuration. They outlive a configuration: metrics count from
/// the process's beginning.
package final class StoreMeters: Sendable {
    private let meters = Mutex<[String: StoreMeter]>([:])

    package init() {}

    /// The store's meter, made when it is first asked for.
    package func meter(for store: String) -> StoreMeter {
        meters.withLock { meters in
            if let meter = meters[store] { return meter }
            let meter = StoreMeter(store: store)
            meters[store] = meter
            return meter
        }
    }

    /// Every meter that somebody has asked for, by the stores' names; stores that are no longer configured among them.
    package var all: [StoreMeter] {
        meters.withLock { Array($0.values) }.sorted { $0.store < $1.store }
    }
}
