import Model
import YAML

/// What `type:` may say.
private enum StoreType: String, CaseIterable {
    case r2, s3, directory

    /// The keys of a store of this type.
    var keys: [String] {
        switch self {
        case .r2: ["type", "account_id", "endpoint", "jurisdiction"] + Self.bucketKeys
        case .s3: ["type", "endpoint"] + Self.bucketKeys
        case .directory: ["type", "path", "prefix", "retention"]
        }
    }

    static let allKeys = r2.keys + ["path"]

    private static let bucketKeys = [
        "region", "bucket", "prefix", "access_key_id", "secret_access_key", "part_size", "upload_concurrency",
        "upload_rate", "attempts", "retention",
    ]
}

extension StoreSettings {
    /// Reads one entry of `stores:`; nil after a complaint.
    static func read(_ reader: NodeReader) -> StoreSettings? {
        let hasValidName = reader.hasValidName(of: "store")
        let typeReader = reader.peek("type")
        let type = typeReader?.choice(StoreType.self)
        guard let mapping = reader.mapping("a store's settings", keys: type?.keys ?? StoreType.allKeys) else {
            return nil
        }
        if typeReader == nil {
            mapping.complainMissing("`type` is missing", hint: "type: r2, s3 or directory")
        }
        let prefix: String? = mapping["prefix"].map { $0.prefix() } ?? ""
        let found = type.flatMap { Self.kind($0, mapping) }
        let retention = mapping["retention"]?.orOff { $0.retention() }
        guard hasValidName, let cleanPrefix = prefix, let foundKind = found else { return nil }
        return StoreSettings(
            name: reader.key, prefix: cleanPrefix, kind: foundKind,
            retention: retention.map { $0.value.map { .policy($0) } ?? .everything })
    }

    private static func kind(_ type: StoreType, _ mapping: MappingReader) -> Kind? {
        switch type {
        case .directory: mapping.required("path")?.path().map { Kind.directory(path: $0) }
        case .s3: S3Settings.read(mapping, isR2: false).map { Kind.s3($0) }
        case .r2: S3Settings.read(mapping, isR2: true).map { Kind.s3($0) }
        }
    }
}

extension S3Settings {
    fileprivate static func read(_ mapping: MappingReader, isR2: Bool) -> S3Settings? {
        let standardRegion = isR2 ? "auto" : "us-east-1"
        let region: String? = mapping["region"].map { $0.region() } ?? standardRegion
        let address = isR2 ? r2Endpoint(mapping) : s3Endpoint(mapping, region: region)
        let bucketName = mapping.required("bucket")?.bucket()
        let keyID = mapping.required("access_key_id")?.secret()
        let key = mapping.required("secret_access_key")?.secret()
        let partSize = mapping["part_size"]?.size(in: (5 << 20)...(5 << 30), spelled: "5MiB to 5GiB")
        let uploadConcurrency = mapping["upload_concurrency"]?.integer(in: 1...16)
        let uploadRate = mapping["upload_rate"]?.rate(atLeast: 1024, spelled: "1KiB/s")
        let attempts = mapping["attempts"]?.integer(in: 1...20)
        guard let regionName = region, let endpoint = address, let bucket = bucketName, let accessKeyID = keyID,
            let secretAccessKey = key
        else { return nil }

        var settings = S3Settings(
            isR2: isR2, endpoint: endpoint, region: regionName, bucket: bucket, accessKeyID: accessKeyID.value,
            secretAccessKey: secretAccessKey)
        if let partSize { settings.partSize = partSize }
        if let uploadConcurrency { settings.uploadConcurrency = uploadConcurrency }
        settings.uploadRate = uploadRate
        if let attempts { settings.attempts = attempts }
        return settings
    }

    /// Amazon's own address follows from the region.
    private static func s3Endpoint(_ mapping: MappingReader, region: String?) -> String? {
        if let endpoint = mapping["endpoint"] { return endpoint.endpoint() }
        guard mapping["region"] != nil else {
            mapping.complainMissing(
                "`endpoint` is missing", hint: "endpoint: https://…, or region: … alone for Amazon S3")
            return nil
        }
        return region.map { S3Name.amazonEndpoint(region: $0) }
    }

    /// https://developers.cloudflare.com/r2/api/s3/api/, and for jurisdictions
    /// https://developers.cloudflare.com/r2/reference/data-location/
    private static func r2Endpoint(_ mapping: MappingReader) -> String? {
        let accountReader = mapping["account_id"]
        let jurisdictionReader = mapping["jurisdiction"]
        let account = accountReader?.accountID()
        let jurisdiction = jurisdictionReader?.choice(among: ["eu", "fedramp"])
        if let endpointReader = mapping["endpoint"] {
            accountReader?.complain("give `account_id` or `endpoint`, not both")
            jurisdictionReader?.complain(
                "`jurisdiction` goes with `account_id`; an `endpoint` names it in its host")
            return endpointReader.endpoint()
        }
        if accountReader == nil { mapping.complainMissing("`account_id` or `endpoint` is missing") }
        guard let host = account else { return nil }
        guard jurisdictionReader != nil else { return "https://\(host).r2.cloudflarestorage.com" }
        return jurisdiction.map { "https://\(host).\($0).r2.cloudflarestorage.com" }
    }
}

extension NodeReader {
    /// What keys begin with, with its slash at the end; empty for none.
    fileprivate func prefix() -> String? {
        if case .scalar("", quoted: true) = node.kind { return "" }
        let what = "a prefix such as web-1"
        guard let text = self.text(what) else { return nil }
        var segments = text.split(separator: "/", omittingEmptySubsequences: false)
        if segments.count > 1, segments.last?.isEmpty == true { segments.removeLast() }
        let isClean = segments.allSatisfy { $0 != "" && $0 != "." && $0 != ".." }
        guard isClean, text.utf8.count <= 500, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            complainExpected(what, hint: "no slash at the beginning, no empty or dotted segments, at most 500 bytes")
            return nil
        }
        return segments.joined(separator: "/") + "/"
    }

    fileprivate func region() -> String? {
        let what = "a region such as eu-central-1"
        guard let text = self.text(what) else { return nil }
        guard S3Name.isRegion(text) else {
            complainExpected(what)
            return nil
        }
        return text
    }

    fileprivate func bucket() -> String? {
        let what = "a bucket's name of 3 to 63 lowercase letters, digits, dots and dashes"
        guard let text = self.text(what) else { return nil }
        guard S3Name.isBucket(text) else {
            complainExpected(what, hint: "it begins and ends with a letter or a digit")
            return nil
        }
        return text
    }

    func accountID() -> String? {
        let what = "Cloudflare's account id of 32 hexadecimal digits"
        guard let text = self.text(what) else { return nil }
        guard text.utf8.count == 32, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            complainExpected(what)
            return nil
        }
        return text.lowercased()
    }
}
