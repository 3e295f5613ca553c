import Catalog
import Dump
import Glibc
import Model
import Settings

extension Appliance {
    /// Opens the catalog for work; the channels are told of what happens from then on. A corrupt one has been set aside
    /// then, and a new one is in its place.
    /// - Parameter report: Called with what a person has to know, a sentence.
    package func openCatalog(_ report: (String) -> Void) async throws -> Catalog {
        let folder = try StateDirectory(path: configuration.stateDirectory).path
        let opened = try await Catalog.open(directory: folder, access: .readWrite)
        try await subscribe(opened.catalog)
        if let place = opened.setAside {
            let reason = opened.setAsideReason.map { " (\($0))" } ?? ""
            let text = "the catalog was corrupt\(reason) and was set aside as \(place); a new one was made"
            let hint = "What the stores hold comes back with: nightjar rebuild"
            report("\(text). \(hint)")
            try await opened.catalog.add(EventRecord(at: .now, kind: .catalogSetAside, text: text, hint: hint))
        }
        return opened.catalog
    }

    /// Opens the catalog for work where there is one that this user may write; nil otherwise.
    package func openCatalogIfPresent(_ report: (String) -> Void) async throws -> Catalog? {
        guard access(configuration.stateDirectory + "/catalog.db", W_OK) == 0 else { return nil }
        return try await openCatalog(report)
    }

    /// Opens the catalog to look into it, also while a daemon works; nil where there is none yet.
    package func readCatalog() async throws -> Catalog? {
        let folder = configuration.stateDirectory
        guard access(folder + "/catalog.db", F_OK) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw NightjarError(
                .io, "cannot look into \(folder): \(String(cString: strerror(errno)))",
                hint: "Ask as the service's user: sudo -u nightjar nightjar status")
        }
        return try await Catalog.open(directory: folder, access: .readOnly).catalog
    }
}
