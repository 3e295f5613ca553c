import Model

/// Where a store is that no configuration describes: `s3://BUCKET[/PREFIX]` or `file:///FOLDER`. Names are taken as they
/// stand; nothing is percent-decoded.
package struct StoreAddress: Sendable, Equatable {
    /// Named by its address.
    package let store: StoreSettings

    /// - Parameters:
    ///   - endpoint: The S3 server's; nil for Amazon's own in `region`.
    ///   - region: nil for `auto` at R2, `us-east-1` elsewhere.
    ///   - environment: What has `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary credentials,
    ///     `AWS_SESSION_TOKEN`.
    /// - Throws: code `usage` where the address says too little; `configuration` where the environment lacks the
    ///   credentials.
    package init(
        _ text: String, endpoint: String?, region: String?, environment: [String: String]
    ) throws(NightjarError) {
        let folders = try Self.folders(of: text, refusal: Self.refusal)
        try self.init(
            text, folders: folders, endpoint: endpoint, region: region, environment: environment, refusal: Self.refusal)
    }

    /// - Parameter folders: What `folders(of:)` gave, or the beginning of that.
    init(
        _ text: String, folders: [String], endpoint: String?, region: String?, environment: [String: String],
        refusal: (String, String) -> NightjarError
    ) throws(NightjarError) {
        guard !folders.contains(where: { $0 == "." || $0 == ".." }) else {
            throw refusal(text, "it has the component '.' or '..'")
        }
        guard text.hasPrefix(Self.s3) else {
            guard endpoint == nil, region == nil else {
                throw NightjarError(.usage, "--endpoint and --region go with s3://, not with \(Self.shown(text))")
            }
            let path = "/" + folders.joined(separator: "/")
            store = StoreSettings(name: path, kind: .directory(path: path))
            return
        }
        guard let bucket = folders.first, S3Name.isBucket(bucket) else { throw refusal(text, "it names no bucket") }
        let settings = try Self.bucket(bucket, endpoint, region, environment)
        store = StoreSettings(
            name: Self.s3 + folders.joined(separator: "/"), prefix: folders.dropFirst().map { $0 + "/" }.joined(),
            kind: .s3(settings))
    }

    private static let s3 = "s3://"
    private static let file = "file:///"

    /// The components behind the scheme: of a bucket its name first.
    static func folders(
        of text: String, refusal: (String, String) -> NightjarError
    ) throws(NightjarError) -> [String] {
        for scheme in [s3, file] where text.hasPrefix(scheme) {
            let folders = text.dropFirst(scheme.count).split(separator: "/").map { String($0) }
            if scheme == s3, !(folders.first.map { S3Name.isBucket($0) } ?? false) {
                throw refusal(text, "it names no bucket")
            }
            return folders
        }
        throw refusal(text, "it begins neither with s3:// nor with file:///")
    }

    private static func refusal(_ text: String, _ reason: String) -> NightjarError {
        NightjarError(
            .usage, "\(shown(text)) does not say where a store is: \(reason)",
            hint: "Write it as s3://BUCKET/PREFIX or file:///FOLDER.")
    }

    /// What stands before an @ may be a password.
    static func shown(_ text: String) -> String {
        text.utf8.contains(UInt8(ascii: "@")) ? "what was given" : "'\(text)'"
    }

    // MARK: Buckets

    private static func bucket(
        _ bucket: String, _ endpoint: String?, _ region: String?, _ environment: [String: String]
    ) throws(NightjarError) -> S3Settings {
        if let region, !S3Name.isRegion(region) {
            throw NightjarError(.usage, "'\(region)' is not a region such as eu-central-1 or auto")
        }
        let server = try Self.server(endpoint, region: region)
        let isR2 = server.hasSuffix(".r2.cloudflarestorage.com")
        return S3Settings(
            isR2: isR2, endpoint: server, region: region ?? (isR2 ? "auto" : "us-east-1"), bucket: bucket,
            accessKeyID: try credential("AWS_ACCESS_KEY_ID", environment),
            secretAccessKey: Secret(try credential("AWS_SECRET_ACCESS_KEY", environment)),
            sessionToken: try sessionToken(environment))
    }

    private static func server(_ text: String?, region: String?) throws(NightjarError) -> String {
        guard let text else {
            if let region, region != "auto" { return S3Name.amazonEndpoint(region: region) }
            throw NightjarError(
                .usage, "--from s3://… needs the server's address",
                hint: "For example --endpoint https://ACCOUNT.r2.cloudflarestorage.com, or --region eu-central-1 alone "
                    + "for Amazon S3.")
        }
        guard let endpoint = Endpoint(text) else {
            throw NightjarError(
                .usage, "--endpoint has to be https://host or https://host:port, not \(shown(text))",
                hint: "No user, no path; the bucket stands in --from.")
        }
        guard endpoint.isEncrypted || endpoint.isLoopback else {
            throw NightjarError(
                .usage, "--endpoint http:// is only for this machine itself (127.0.0.0/8, ::1, localhost)",
                hint: "Use https://\(endpoint.host)")
        }
        return endpoint.text
    }

    private static func credential(
        _ name: String, _ environment: [String: String]
    ) throws(NightjarError) -> String {
        guard let value = environment[name], !value.isEmpty else {
            throw NightjarError(
                .configuration, "the environment variable \(name) is not set",
                hint: "--from s3://… takes the bucket's credentials from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        }
        guard value.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw NightjarError(
                .configuration, "the environment variable \(name) holds a blank, a line break or a control character")
        }
        return value
    }

    private static func sessionToken(_ environment: [String: String]) throws(NightjarError) -> Secret? {
        let name = "AWS_SESSION_TOKEN"
        guard let value = environment[name], !value.isEmpty else { return nil }
        return Secret(try credential(name, environment))
    }
}
