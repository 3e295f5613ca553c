import Model
import Settings
import Storage
import Synchronization

/// The configured stores, each opened when it is first needed; what they are asked for is counted.
package final class Stores: Sendable {
    private let settings: [StoreSettings]
    private let allMeters: StoreMeters
    private let opened = Mutex<[String: any ObjectStore]>([:])
    private let users = Mutex(0)

    init(_ settings: [StoreSettings], meters: StoreMeters) {
        self.settings = settings
        allMeters = meters
    }

    package var names: [String] { settings.map(\.name) }

    /// One for each store, in the order of the configuration.
    package var meters: [StoreMeter] { settings.map { allMeters.meter(for: $0.name) } }

    /// - Throws: code `configuration` where there is no such store.
    package func store(named name: String) throws -> any ObjectStore {
        guard let chosen = settings.first(where: { $0.name == name }) else {
            throw NightjarError(.configuration, "there is no store \(name)")
        }
        return try opened.withLock { opened in
            if let store = opened[name] { return store }
            let meter = allMeters.meter(for: name)
            let plain = try openStore(
                chosen.storeConfiguration(onRetry: { meter.addRetry() }), prefix: chosen.prefix)
            let store: any ObjectStore = MeteredStore(plain, meter: meter)
            opened[name] = store
            return store
        }
    }

    /// The same store, as one of several.
    func member(named name: String) throws -> StoreGroup.Member {
        let store = try store(named: name)
        guard case .s3(let settings)? = settings(named: name)?.kind, let rate = settings.uploadRate else {
            return StoreGroup.Member(name: name, store: store)
        }
        // All that is on its way shares it, and retries take some.
        return StoreGroup.Member(
            name: name, store: store, minimumRate: rate / Int64(4 * max(1, settings.uploadConcurrency)))
    }

    func settings(named name: String) -> StoreSettings? {
        settings.first { $0.name == name }
    }

    /// Keeps the stores open while a download reads from them: a reload of the configuration retires them.
    package func use() -> StoresUse {
        users.withLock { $0 += 1 }
        return StoresUse(stores: self)
    }

    fileprivate func endUse() { users.withLock { $0 -= 1 } }

    /// Whether somebody reads from them.
    var isUsed: Bool { users.withLock { $0 > 0 } }

    /// Closes connections and ends threads.
    package func shutdown() async {
        for store in opened.withLock({ Array($0.values) }) { await store.shutdown() }
    }
}

/// Somebody who reads from stores, for as long as this lives.
package final class StoresUse: Sendable {
    private let stores: Stores

    fileprivate init(stores: Stores) {
        self.stores = stores
    }

    deinit { stores.endUse() }
}

extension StoreSettings {
    fileprivate func storeConfiguration(onRetry: @escaping @Sendable () -> Void) -> StoreConfiguration {
        switch kind {
        case .directory(let path):
            .directory(path: path)
        case .s3(let settings):
            .s3(
                S3Configuration(
                    isR2: settings.isR2, endpoint: settings.endpoint, region: settings.region, bucket: settings.bucket,
                    accessKeyID: settings.accessKeyID, secretAccessKey: settings.secretAccessKey,
                    sessionToken: settings.sessionToken, partSize: settings.partSize,
                    uploadConcurrency: settings.uploadConcurrency, uploadRate: settings.uploadRate,
                    attempts: settings.attempts, onRetry: onRetry))
        }
    }

    /// Bytes of a part.
    package var partSize: Int64 {
        if case .s3(let settings) = kind { settings.partSize } else { 8 << 20 }
    }

    /// Parts on their way at once.
    var uploadConcurrency: Int {
        if case .s3(let settings) = kind { settings.uploadConcurrency } else { 1 }
    }
}
