import Model
import Storage
import Testing

/// AWS's published examples: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
@Suite("SigV4 signatures")
struct SigV4SignerTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        let method: String
        let path: String
        var query: [SigV4Signer.Pair] = []
        var headers: [SigV4Signer.Pair] = []
        var payloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let requestHash: String
        let signedHeaders: String
        let signature: String

        var testDescription: String { name }

        var allHeaders: [SigV4Signer.Pair] {
            headers + [
                (name: "Host", value: "examplebucket.s3.amazonaws.com"),
                (name: "x-amz-content-sha256", value: payloadHash),
                (name: "x-amz-date", value: "20130524T000000Z"),
            ]
        }
    }

    static let examples = [
        Example(
            name: "GET Object", method: "GET", path: "/test.txt", headers: [(name: "Range", value: "bytes=0-9")],
            requestHash: "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
            signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            name: "PUT Object", method: "PUT", path: "/test%24file.text",
            headers: [
                (name: "Date", value: "Fri, 24 May 2013 00:00:00 GMT"),
                (name: "x-amz-storage-class", value: "REDUCED_REDUNDANCY"),
            ],
            payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            requestHash: "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
            signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            name: "GET Bucket Lifecycle", method: "GET", path: "/", query: [(name: "lifecycle", value: "")],
            requestHash: "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
            signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            name: "GET Bucket (List Objects)", method: "GET", path: "/",
            query: [(name: "prefix", value: "J"), (name: "max-keys", value: "2")],
            requestHash: "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
            signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    /// 2013-05-24T00:00:00Z
    static let time = Timestamp(seconds: 1_369_353_600)

    static let signer = SigV4Signer(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")

    @Test("The string to sign is the one that AWS publishes", arguments: SigV4SignerTests.examples)
    func stringToSign(example: Example) {
        let request = SigV4Signer.canonicalRequest(
            method: example.method, path: example.path, query: example.query, headers: example.allHeaders,
            payloadHash: example.payloadHash)
        let expected = """
            AWS4-HMAC-SHA256
            20130524T000000Z
            20130524/us-east-1/s3/aws4_request
            \(example.requestHash)
            """
        #expect(Self.signer.stringToSign(request, at: Self.time) == expected)
    }

    @Test("The authorization is the one that AWS publishes", arguments: SigV4SignerTests.examples)
    func authorization(example: Example) {
        let value = Self.signer.authorization(
            method: example.method, path: example.path, query: example.query, headers: example.allHeaders,
            payloadHash: example.payloadHash, at: Self.time)
        let credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
        #expect(
            value == "AWS4-HMAC-SHA256 Credential=\(credential),SignedHeaders=\(example.signedHeaders)"
                + ",Signature=\(example.signature)")
    }

    @Test("Everything but unreserved characters is percent-encoded, once")
    func encoding() {
        #expect(SigV4Signer.encode("aZ09-._~") == "aZ09-._~")
        #expect(SigV4Signer.encode("a b+c/d%é") == "a%20b%2Bc%2Fd%25%C3%A9")
        #expect(SigV4Signer.encode("shop/a b", keepingSlashes: true) == "shop/a%20b")
    }

    @Test("A query is sorted by its encoded names, then values")
    func canonicalQuery() {
        let query: [SigV4Signer.Pair] = [
            (name: "b", value: "2"), (name: "a", value: "z"), (name: "a", value: "1"), (name: "A", value: ""),
        ]
        #expect(SigV4Signer.canonicalQuery(query) == "A=&a=1&a=z&b=2")
    }

    @Test("Header names are lower-cased and sorted, and blanks in values are folded")
    func canonicalHeaders() {
        let request = SigV4Signer.canonicalRequest(
            method: "GET", path: "/", query: [],
            headers: [(name: "X-B", value: "  two   words "), (name: "Host", value: "h")], payloadHash: "hash")
        #expect(request == "GET\n/\n\nhost:h\nx-b:two words\n\nhost;x-b\nhash")
    }

    @Test(
        "A time is stamped in UTC, leap days included",
        arguments: [
            (0, "19700101T000000Z"), (951_782_400, "20000229T000000Z"), (1_709_164_799, "20240228T235959Z"),
            (4_102_444_799, "20991231T235959Z"),
        ] as [(Int64, String)])
    func stamp(seconds: Int64, expected: String) {
        #expect(SigV4Signer.stamp(Timestamp(seconds: seconds)) == expected)
    }
}
