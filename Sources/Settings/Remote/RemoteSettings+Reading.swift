import Model
import YAML

extension RemoteSettings {
    /// Reads what stands under `starbasedb`, `d1` or `libsql`; nil after a complaint.
    static func read(_ reader: NodeReader, of service: RemoteService) -> RemoteSettings? {
        // What stands in the place of a mapping may be a URL with a password.
        guard case .mapping = reader.node.kind, let mapping = reader.mapping("settings", keys: service.keys) else {
            reader.complain(
                "`\(reader.key)`: expected settings such as \(service.example), found something else")
            return nil
        }
        let complaintsBefore = reader.context.complaints.count
        let place = self.place(of: service, mapping)
        let token: Secret?
        switch service {
        case .libsql: token = mapping["token"]?.bearerToken()
        case .starbasedb, .d1: token = mapping.required("token", hint: "token: {credential: NAME}")?.bearerToken()
        }
        let caFile = mapping["ca_file"]?.certificates()
        let rereads = mapping["rereads"]?.integer(in: 0...10)
        guard let place, reader.context.complaints.count == complaintsBefore else { return nil }
        return RemoteSettings(place: place, token: token, caFile: caFile, rereads: rereads ?? standardRereads)
    }

    private static func place(of service: RemoteService, _ mapping: MappingReader) -> Place? {
        switch service {
        case .starbasedb, .libsql:
            guard let url = mapping.required("url", hint: "url: \(service.exampleURL)")?.baseURL(of: service) else {
                return nil
            }
            return service == .libsql ? .libsql(url: url) : .starbasedb(url: url)
        case .d1:
            let accountID = mapping.required("account_id")?.accountID()
            let databaseID = mapping.required("database_id")?.databaseID()
            let baseURL: String? = mapping["url"].map { $0.baseURL(of: service) } ?? cloudflareURL
            guard let account = accountID, let database = databaseID, let url = baseURL else { return nil }
            return .d1(account: account, database: database, url: url)
        }
    }
}

extension RemoteService {
    fileprivate var keys: [String] {
        switch self {
        case .starbasedb: ["url", "token", "ca_file", "rereads"]
        case .d1: ["account_id", "database_id", "token", "url", "ca_file", "rereads"]
        case .libsql: ["url", "token", "ca_file"]
        }
    }

    fileprivate var example: String {
        switch self {
        case .starbasedb, .libsql: "{url: \"\(exampleURL)\", token: {credential: \(rawValue)-token}}"
        case .d1: "{account_id: …, database_id: …, token: {credential: d1-token}}"
        }
    }

    fileprivate var exampleURL: String {
        switch self {
        case .starbasedb: "https://app.example.workers.dev"
        case .d1: RemoteSettings.cloudflareURL
        case .libsql: "libsql://shop-me.example.turso.io"
        }
    }
}

extension NodeReader {
    /// What requests go below: https, or http to this machine itself, and a path where there is one; without a slash at
    /// its end. `libsql://` means https. It may hold a password by mistake, and is not shown.
    fileprivate func baseURL(of service: RemoteService) -> String? {
        guard var text = self.text("a URL such as \(service.exampleURL)") else { return nil }
        let scheme = "libsql://"
        if service == .libsql, text.lowercased().hasPrefix(scheme) { text = "https://\(text.dropFirst(scheme.count))" }
        let hint = "as in \(service.exampleURL); the token goes under `token`"
        do throws(TargetRefusal) {
            let url = try TargetURL(text)
            guard !url.target.contains("?") else {
                complain("`\(key)`: the URL has a query, which no request would have", hint: hint)
                return nil
            }
            guard url.scheme == .https || HostAndPort.isLoopback(url.host) else {
                complain(
                    "`\(key)`: http:// is only for this machine itself (127.0.0.0/8, ::1, localhost)",
                    hint: "use https://\(url.place)")
                return nil
            }
            var base = url.text
            while base.hasSuffix("/") { base.removeLast() }
            return base
        } catch {
            complain("`\(key)`: \(error.message)", hint: hint)
            return nil
        }
    }

    /// A UUID, in lower case.
    fileprivate func databaseID() -> String? {
        let what = "a D1 database's id such as 01234567-89ab-cdef-0123-456789abcdef"
        guard let text = self.text(what) else { return nil }
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        let isUUID =
            groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { group in group.allSatisfy { $0.isASCII && $0.isHexDigit } }
        guard isUUID else {
            complainExpected(what, hint: "`wrangler d1 list` shows it")
            return nil
        }
        return text.lowercased()
    }
}
