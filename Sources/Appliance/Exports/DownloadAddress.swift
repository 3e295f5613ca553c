import Model
import Settings

/// Where a dump can be fetched, for people and programs elsewhere.
package enum DownloadAddress {
    /// What the appliance's URLs begin with, as far as the configuration tells: `public_url`, else the address at which it
    /// listens; empty for a socket file, or where it does not listen. No slash at its end.
    package static func base(of settings: HTTPSettings) -> String {
        if let url = settings.publicURL { return url }
        guard case .tcp(let host, let port) = settings.listen else { return "" }
        return host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
    }

    /// - Parameter id: an export's.
    package static func path(of id: String, format: DumpFormat) -> String {
        "/export/dump/download/\(id).\(format.fileExtension)"
    }

    package static func url(of id: String, format: DumpFormat, base: String) -> String {
        base + path(of: id, format: format)
    }
}
