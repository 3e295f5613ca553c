import Model
import Settings
import Storage
import Synchronization

/// The configured stores, each opened when it is first needed.
package final class Stores: Sendable {
    private let settings: [StoreSettings]
    private let opened = Mutex<[String: any ObjectStore]>([:])

    init(_ settings: [StoreSettings]) {
        self.settings = settings
    }

    package var names: [String] { settings.map(\.name) }

    /// - Throws: code `configuration` where there is no such store.
    package func store(named name: String) throws -> any ObjectStore {
        guard let chosen = settings.first(where: { $0.name == name }) else {
            throw NightjarError(.configuration, "there is no store \(name)")
        }
        return try opened.withLock { opened in
            if let store = opened[name] { return store }
            let store = try openStore(chosen.storeConfiguration, prefix: chosen.prefix)
            opened[name] = store
            return store
        }
    }

    func settings(named name: String) -> StoreSettings? {
        settings.first { $0.name == name }
    }

    /// Closes connections and ends threads.
    package func shutdown() async {
        for store in opened.withLock({ Array($0.values) }) { await store.shutdown() }
    }
}

extension StoreSettings {
    fileprivate var storeConfiguration: StoreConfiguration {
        switch kind {
        case .directory(let path):
            .directory(path: path)
        case .s3(let settings):
            .s3(
                S3Configuration(
                    isR2: settings.isR2, endpoint: settings.endpoint, region: settings.region, bucket: settings.bucket,
                    accessKeyID: settings.accessKeyID, secretAccessKey: settings.secretAccessKey,
                    partSize: settings.partSize, uploadConcurrency: settings.uploadConcurrency,
                    uploadRate: settings.uploadRate, attempts: settings.attempts))
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
