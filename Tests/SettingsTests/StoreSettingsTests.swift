import Model
import Settings
import Testing

/// A store of the given type whose other lines are right, but for `lines`.
private func store(type: String, _ lines: String...) -> String {
    let common = ["bucket: nightly", "access_key_id: id", "secret_access_key: key"]
    let all = (["type: \(type)"] + lines + common).map { "    \($0)\n" }
    return "stores:\n  r:\n" + all.joined()
}

/// The settings of the only store, which must be an S3 store.
private func s3(_ yaml: String) throws -> S3Settings {
    let kind = try #require(try configuration(yaml).stores.first?.kind)
    guard case .s3(let settings) = kind else { throw NightjarError(.internal, "not an S3 store") }
    return settings
}

private let account = "0123456789abcdef0123456789ABCDEF"

@Suite("Stores in a configuration")
struct StoreSettingsTests {
    @Test("have the documented defaults")
    func defaults() throws {
        let found = try s3(store(type: "s3", "endpoint: https://s3.example.org"))
        let expected = S3Settings(
            isR2: false, endpoint: "https://s3.example.org", region: "us-east-1", bucket: "nightly", accessKeyID: "id",
            secretAccessKey: Secret("key"), partSize: 8_388_608, uploadConcurrency: 2, uploadRate: nil, attempts: 6)
        #expect(found == expected)
        #expect(try s3(store(type: "r2", "account_id: \(account)")).region == "auto")
    }

    @Test("can be told everything")
    func everything() throws {
        let found = try s3(
            store(
                type: "s3", "endpoint: https://s3.example.org", "region: eu-central-1", "part_size: 5GiB",
                "upload_concurrency: 16", "upload_rate: 10MiB/s", "attempts: 20"))
        #expect(found.region == "eu-central-1")
        #expect(found.partSize == 5_368_709_120)
        #expect(found.uploadConcurrency == 16)
        #expect(found.uploadRate == 10_485_760)
        #expect(found.attempts == 20)
    }

    @Test(
        "of R2 know their address",
        arguments: [
            (["account_id: \(account)"], "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com"),
            (
                ["account_id: \(account)", "jurisdiction: eu"],
                "https://0123456789abcdef0123456789abcdef.eu.r2.cloudflarestorage.com"
            ),
            (
                ["account_id: \(account)", "jurisdiction: fedramp"],
                "https://0123456789abcdef0123456789abcdef.fedramp.r2.cloudflarestorage.com"
            ),
            (["endpoint: https://R2.Example.org/"], "https://r2.example.org"),
        ])
    func r2Endpoint(lines: [String], expected: String) throws {
        let head = lines.map { "    \($0)\n" }.joined()
        let found = try s3(store(type: "r2") + head)
        #expect(found.isR2)
        #expect(found.endpoint == expected)
    }

    @Test("of Amazon need only a region")
    func amazon() throws {
        let found = try s3(store(type: "s3", "region: eu-west-3"))
        #expect(found.endpoint == "https://s3.eu-west-3.amazonaws.com")
        #expect(found.region == "eu-west-3")
    }

    @Test(
        "may be reached without encryption on this machine only",
        arguments: [
            "http://127.0.0.1:9000", "http://127.8.9.10", "http://localhost:9000", "http://[::1]:9000", "https://[::1]",
            "https://minio:9000", "https://10.0.0.1",
        ])
    func goodEndpoint(text: String) throws {
        #expect(try s3(store(type: "s3", "endpoint: \"\(text)\"")).endpoint == text)
    }

    @Test(
        "refuse other unencrypted addresses",
        arguments: ["http://10.0.0.1", "http://localhost.example.org", "http://127.0.0.1.example.org", "http://[::2]"])
    func unencrypted(text: String) throws {
        let host = text.dropFirst("http://".count)
        #expect(
            try complaints(about: store(type: "s3", "endpoint: \"\(text)\"")) == [
                "4:15: `endpoint`: http:// is only for this machine itself (127.0.0.0/8, ::1, localhost)"
                    + " — use https://\(host)"
            ])
    }

    @Test(
        "refuse what is no address",
        arguments: [
            "s3.example.org", "ftp://x", "https://", "https://x/bucket", "https://x?y", "https://x:0",
            "https://x:65536", "https://x:", "https://[x]", "https://[::1", "https://a b",
        ])
    func badEndpoint(text: String) throws {
        #expect(
            try complaints(about: store(type: "s3", "endpoint: \"\(text)\"")) == [
                "4:15: `endpoint`: expected https://host or https://host:port, found `\(text)`"
                    + " — no user, no path; the bucket goes under `bucket`"
            ])
    }

    @Test("do not show a password in an address")
    func password() throws {
        let found = try complaints(about: store(type: "s3", "endpoint: https://me:hunter2@x"))
        #expect(found.count == 1)
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test("end their prefix with a slash", arguments: [("web-1", "web-1/"), ("a/b/", "a/b/"), ("\"\"", "")])
    func prefix(text: String, expected: String) throws {
        let yaml = "stores: {d: {type: directory, path: /d, prefix: \(text)}}"
        #expect(try configuration(yaml).stores.first?.prefix == expected)
    }

    @Test("refuse a prefix that is no clean path", arguments: ["/a", "a//b", "../a", "a/./b", "/"])
    func badPrefix(text: String) throws {
        #expect(
            try complaints(about: "stores: {d: {type: directory, path: /d, prefix: \(text)}}") == [
                "1:49: `prefix`: expected a prefix such as web-1, found `\(text)`"
                    + " — no slash at the beginning, no empty or dotted segments, at most 500 bytes"
            ])
    }

    @Test(
        "have complaints about each of their keys",
        arguments: [
            ComplaintCase(
                store(type: "s4", "endpoint: https://x"),
                "3:11: `type`: expected `r2`, `s3` or `directory`, found `s4` — did you mean `s3`?"),
            ComplaintCase(
                store(type: "s3"),
                "2:3: `r`: `endpoint` is missing — endpoint: https://…, or region: … alone for Amazon S3"),
            ComplaintCase(store(type: "r2"), "2:3: `r`: `account_id` or `endpoint` is missing"),
            ComplaintCase(
                store(type: "r2", "account_id: 123"),
                "4:17: `account_id`: expected Cloudflare's account id of 32 hexadecimal digits, found `123`"),
            ComplaintCase(
                store(type: "r2", "account_id: \(account)", "endpoint: https://x"),
                "4:17: give `account_id` or `endpoint`, not both"),
            ComplaintCase(
                store(type: "r2", "endpoint: https://x", "jurisdiction: eu"),
                "5:19: `jurisdiction` goes with `account_id`; an `endpoint` names it in its host"),
            ComplaintCase(
                store(type: "r2", "account_id: \(account)", "jurisdiction: ue"),
                "5:19: `jurisdiction`: expected `eu` or `fedramp`, found `ue` — did you mean `eu`?"),
            ComplaintCase(
                store(type: "s3", "region: x", "account_id: \(account)"),
                "5:5: unknown key `account_id` — known here: type, endpoint, region, bucket, prefix, access_key_id,"
                    + " secret_access_key, part_size, upload_concurrency, upload_rate, attempts, retention"),
            ComplaintCase(
                store(type: "s3", "region: EU!"),
                "4:13: `region`: expected a region such as eu-central-1, found `EU!`"),
            ComplaintCase(
                store(type: "s3", "region: x", "part_size: 4MiB"),
                "5:16: `part_size`: expected a size from 5MiB to 5GiB, found `4MiB`"),
            ComplaintCase(
                store(type: "s3", "region: x", "part_size: 8 megs"),
                "5:16: `part_size`: expected a size such as 8MiB, found `8 megs`"
                    + " — units are B, KiB, MiB, GiB, TiB, KB, MB, GB and TB"),
            ComplaintCase(
                store(type: "s3", "region: x", "upload_concurrency: 17"),
                "5:25: `upload_concurrency`: expected a whole number from 1 to 16, found `17`"),
            ComplaintCase(
                store(type: "s3", "region: x", "upload_rate: 100/s"),
                "5:18: `upload_rate`: expected a rate of at least 1KiB/s, found `100/s`"),
            ComplaintCase(
                store(type: "s3", "region: x", "upload_rate: fast"),
                "5:18: `upload_rate`: expected a rate such as 10MiB/s, found `fast`"),
            ComplaintCase(
                store(type: "s3", "region: x", "attempts: 0"),
                "5:15: `attempts`: expected a whole number from 1 to 20, found `0`"),
            ComplaintCase(
                "stores:\n  r: {type: s3, region: x, bucket: b-1, access_key_id: i}\n",
                "2:3: `r`: `secret_access_key` is missing"),
            ComplaintCase(
                "stores:\n  a b: {type: directory, path: /x}\n",
                "2:3: `a b` cannot be the name of a store — up to 100 letters, digits, dots, underscores and dashes,"
                    + " beginning with a letter or a digit"),
            ComplaintCase("stores: {d: [x]}\n", "1:13: `d`: expected a store's settings, found a list"),
        ])
    func wrong(_ example: ComplaintCase) throws {
        #expect(try complaints(about: example.yaml) == example.expected)
    }

    @Test(
        "refuse what cannot be a bucket's name",
        arguments: ["ab", "Nightly", "a_b", "-ab", "ab-", "a..b", String(repeating: "a", count: 64)])
    func bucket(name: String) throws {
        let yaml = "stores: {r: {type: s3, region: x, access_key_id: i, secret_access_key: k, bucket: \"\(name)\"}}"
        let found = try complaints(about: yaml)
        #expect(found.count == 1)
        #expect(found.first?.contains("a bucket's name of 3 to 63 lowercase letters, digits, dots and dashes") == true)
    }
}
