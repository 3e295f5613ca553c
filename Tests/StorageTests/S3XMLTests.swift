import Storage
import Testing

@Suite("S3's XML answers")
struct S3XMLTests {
    private func parse(_ text: String) -> S3XML.Element? {
        S3XML.parse(Array(text.utf8))
    }

    @Test("An error document gives code and message")
    func error() {
        let document = parse(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>NoSuchUpload</Code><Message>It&apos;s gone &amp; lost</Message><Resource/></Error>
            """)
        #expect(document?.name == "Error")
        #expect(document?["Code"]?.text == "NoSuchUpload")
        #expect(document?["Message"]?.text == "It's gone & lost")
        #expect(document?["Resource"]?.text == "")
        #expect(document?["HostId"] == nil)
    }

    @Test("Namespaces and attributes make no difference")
    func namespaces() {
        let document = parse(
            """
            <s3:Result xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" note='a > b'><s3:UploadId
              kind="x">id-1</s3:UploadId></s3:Result>
            """)
        #expect(document?.name == "Result")
        #expect(document?["UploadId"]?.text == "id-1")
    }

    @Test("A list keeps its elements in order")
    func list() {
        let document = parse(
            """
            <ListBucketResult><IsTruncated>true</IsTruncated>
              <Contents><Key>a</Key><Size>1</Size><ETag>&quot;x&quot;</ETag></Contents>
              <Contents><Key> b </Key><Size>2</Size></Contents></ListBucketResult>
            """)
        #expect(document?.all("Contents").map { $0["Key"]?.text } == ["a", " b "])
        #expect(document?["Contents"]?["ETag"]?.text == "\"x\"")
    }

    @Test(
        "Entities, character data and comments are read",
        arguments: [
            ("<a>&lt;&gt;&quot;&apos;&amp;</a>", "<>\"'&"), ("<a>&#65;&#x42;&#xe9;</a>", "ABé"),
            ("<a>&unknown; & &#xD800;</a>", "&unknown; & &#xD800;"),
            ("<a><![CDATA[<b>&amp;</b>]]></a>", "<b>&amp;</b>"),
            ("<a>x<!-- <b> -->y</a>", "xy"), ("<!DOCTYPE a><a>z</a>\n", "z"), ("<a>&amp;lt;</a>", "&lt;"),
        ])
    func text(document: String, expected: String) {
        #expect(parse(document)?.text == expected)
    }

    @Test(
        "What is not one whole document is refused",
        arguments: [
            "", "no markup", "<a>", "<a></b>", "</a>", "<a><b></a></b>", "<a", "<a/><b/>", "<a>x</a><a>", "<>x</>",
            "<!-- open", "<a><![CDATA[x</a>",
        ])
    func broken(document: String) {
        #expect(parse(document) == nil)
    }

    @Test("A document that is nested without end is refused")
    func deep() {
        let text = String(repeating: "<a>", count: 100_000) + String(repeating: "</a>", count: 100_000)
        #expect(parse(text) == nil)
    }

    @Test("Escaped text is read back as it was")
    func escape() {
        let text = "<a href=\"x\">'&amp;' é"
        #expect(parse("<t>\(S3XML.escape(text))</t>")?.text == text)
    }
}
