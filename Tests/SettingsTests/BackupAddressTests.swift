import Model
import Settings
import Testing

private let credentials = ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"]

/// Reads an address at an S3 server, with what else is given.
private func address(
    _ text: String, endpoint: String? = "https://s3.example.org", region: String? = nil,
    environment: [String: String] = credentials
) throws(NightjarError) -> BackupAddress {
    try BackupAddress(text, endpoint: endpoint, region: region, environment: environment)
}

/// The settings of an address's bucket.
private func bucket(_ address: BackupAddress) throws -> S3Settings {
    guard case .s3(let settings) = address.store.kind else { throw NightjarError(.internal, "not a bucket") }
    return settings
}

/// Why an address is refused; nil where it is not.
private func refusal(
    _ text: String, endpoint: String? = "https://s3.example.org", region: String? = nil,
    environment: [String: String] = credentials
) -> NightjarError? {
    do throws(NightjarError) {
        _ = try address(text, endpoint: endpoint, region: region, environment: environment)
        return nil
    } catch {
        return error
    }
}

@Suite("The address of a backup in a store without a configuration")
struct BackupAddressTests {
    @Test(
        "names a backup by any of its objects",
        arguments: ["", ".manifest.json", ".sql.zst", ".sql.gz", ".sql", ".verified-20260315-030000.json"])
    func backups(suffix: String) throws {
        let found = try address("s3://nightly/web-1/eu/shop/dump_20260315-023000\(suffix)")
        #expect(found.database == "shop")
        #expect(found.id == BackupID("dump_20260315-023000"))
        #expect(found.store.prefix == "web-1/eu/")
        #expect(found.store.name == "s3://nightly/web-1/eu")
        #expect(try bucket(found).bucket == "nightly")
    }

    @Test("names a database for its newest verified backup", arguments: ["", "/"])
    func databases(end: String) throws {
        let found = try address("s3://nightly/shop\(end)")
        #expect(found.database == "shop")
        #expect(found.id == nil)
        #expect(found.store.prefix == "")
        #expect(found.store.name == "s3://nightly")
    }

    @Test("names a folder")
    func folders() throws {
        let found = try address("file:///srv/back ups/shop/dump_20260315-023000.sql.zst", endpoint: nil)
        #expect(found.database == "shop")
        #expect(found.id == BackupID("dump_20260315-023000"))
        #expect(found.store.kind == .directory(path: "/srv/back ups"))
        #expect(try address("file:///shop", endpoint: nil, environment: [:]).store.kind == .directory(path: "/"))
    }

    @Test("has Amazon's own server by its region, and R2's region by its server")
    func servers() throws {
        let amazon = try bucket(address("s3://nightly/shop", endpoint: nil, region: "eu-central-1"))
        #expect(amazon.endpoint == "https://s3.eu-central-1.amazonaws.com")
        #expect(amazon.region == "eu-central-1")
        #expect(!amazon.isR2)
        let cloudflare = try bucket(address("s3://nightly/shop", endpoint: "https://abc.r2.cloudflarestorage.com/"))
        #expect(cloudflare.endpoint == "https://abc.r2.cloudflarestorage.com")
        #expect(cloudflare.region == "auto")
        #expect(cloudflare.isR2)
        #expect(try bucket(address("s3://nightly/shop")).region == "us-east-1")
    }

    @Test("has its credentials from the environment, temporary ones too")
    func temporaryCredentials() throws {
        let lasting = try bucket(address("s3://nightly/shop"))
        #expect(lasting.accessKeyID == "id")
        #expect(lasting.secretAccessKey == Secret("key"))
        #expect(lasting.sessionToken == nil)
        let environment = credentials.merging(["AWS_SESSION_TOKEN": "token"]) { $1 }
        #expect(try bucket(address("s3://nightly/shop", environment: environment)).sessionToken == Secret("token"))
    }

    @Test("is refused where it lacks credentials, by the name of the variable", arguments: credentials.keys.sorted())
    func lacksCredentials(name: String) throws {
        for value in [nil, "", "two\nlines"] as [String?] {
            var environment = credentials
            environment[name] = value
            let error = try #require(refusal("s3://nightly/shop", environment: environment))
            #expect(error.code == .configuration)
            #expect(error.message.contains(name))
            #expect(!error.description.contains("lines"))
        }
    }

    @Test(
        "is refused where it says too little",
        arguments: [
            "shop", "/srv/backups/shop", "https://nightly/shop", "s3://", "s3://nightly", "s3://nightly/",
            "s3://No/shop",
            "s3://nightly/web 1", "s3://nightly/dump_20260315-023000.sql.zst", "file:///", "file://host/srv/shop",
            "s3://nightly/shop/dump_20260315-023000x", "s3://nightly/../shop",
        ])
    func tooLittle(text: String) throws {
        let error = try #require(refusal(text, endpoint: text.hasPrefix("file") ? nil : "https://s3.example.org"))
        #expect(error.code == .usage)
        #expect(error.message.contains(text))
        #expect(error.hint?.contains("s3://BUCKET/PREFIX/DATABASE") == true)
    }

    @Test(
        "is refused without being shown where it may hold a password",
        arguments: [
            "s3://KEY:SECRET@nightly/shop", "s3://KEY:SEC/RET@nightly/shop", "https://KEY:SECRET@nightly/shop",
            "file:///SECRET@host/dump_20260315-023000SECRET",
        ])
    func password(text: String) throws {
        let error = try #require(refusal(text, endpoint: text.hasPrefix("file") ? nil : "https://s3.example.org"))
        #expect(error.code == .usage)
        #expect(error.message.hasPrefix("what was given does not say where a backup is"))
        for part in ["KEY:", "SEC", "RET@"] { #expect(!error.description.contains(part)) }
        let folder = try #require(refusal("file:///KEY:SECRET@host/shop"))
        #expect(!folder.description.contains("SECRET"))
    }

    @Test(
        "is refused with a server that cannot be one",
        arguments: [
            nil, "s3.example.org", "http://s3.example.org", "https://s3.example.org/path", "https://u:secret@s3",
        ])
    func badServer(endpoint: String?) throws {
        let error = try #require(refusal("s3://nightly/shop", endpoint: endpoint))
        #expect(error.code == .usage)
        #expect(!error.description.contains("secret@"))
    }

    @Test("is refused with a server where it is a folder")
    func folderWithServer() {
        #expect(refusal("file:///srv/shop")?.code == .usage)
        #expect(refusal("file:///srv/shop", endpoint: nil, region: "auto")?.code == .usage)
    }
}
