import Model
import Testing

@Suite("A range of addresses")
struct AddressRangeTests {
    struct Case: Sendable, CustomStringConvertible {
        let range: String
        let within: [String]
        let outside: [String]

        var description: String { range }
    }

    @Test(
        "holds the addresses that share its prefix",
        arguments: [
            Case(
                range: "10.0.0.0/8", within: ["10.0.0.0", "10.255.255.255", "::ffff:10.1.1.1"],
                outside: ["9.255.255.255", "11.0.0.0", "::a00:1"]),
            Case(range: "192.0.2.7", within: ["192.0.2.7"], outside: ["192.0.2.6", "192.0.2.8"]),
            Case(range: "192.0.2.8/29", within: ["192.0.2.8", "192.0.2.15"], outside: ["192.0.2.7", "192.0.2.16"]),
            Case(range: "192.0.2.254/31", within: ["192.0.2.254", "192.0.2.255"], outside: ["192.0.2.253"]),
            Case(range: "128.0.0.0/1", within: ["128.0.0.0", "255.255.255.255"], outside: ["127.255.255.255"]),
            Case(range: "0.0.0.0/0", within: ["0.0.0.0", "255.255.255.255"], outside: ["::", "::1"]),
            Case(range: "::/0", within: ["::", "ffff::1"], outside: ["10.0.0.1", "::ffff:10.0.0.1"]),
            Case(range: "::1", within: ["::1"], outside: ["::", "::2", "127.0.0.1"]),
            Case(
                range: "2001:db8::/33", within: ["2001:db8::", "2001:db8:7fff:ffff::1"],
                outside: ["2001:db8:8000::", "2001:db7::"]),
            Case(range: "fd00::/8", within: ["fd00::1", "fdff::"], outside: ["fc00::1", "fe00::"]),
            Case(range: "::ffff:10.0.0.0/104", within: ["10.1.2.3", "::ffff:10.9.9.9"], outside: ["11.0.0.0", "::"]),
        ])
    func contains(_ example: Case) throws {
        let range = try #require(AddressRange(example.range))
        for (texts, isWithin) in [(example.within, true), (example.outside, false)] {
            for text in texts {
                let address = try #require(IPAddress(text))
                #expect(range.contains(address) == isWithin, "\(text)")
            }
        }
    }

    @Test(
        "is written in one way",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.7", "192.0.2.7"), ("192.0.2.7/32", "192.0.2.7"),
            ("2001:DB8:0:0::/32", "2001:db8::/32"), ("::1/128", "::1"), ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("::ffff:10.0.0.1", "10.0.0.1"),
        ])
    func written(text: String, expected: String) throws {
        let range = try #require(AddressRange(text))
        #expect(range.description == expected)
        #expect(AddressRange(expected) == range)
    }

    @Test(
        "is nothing else, and no address with a length that does not fit it",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8",
            "10.0.0.0/ 8", "10.0.0.0/255.0.0.0", "10/8", "10.0.0/8", "10.0.0.1/8", "192.0.2.7/31", "2001:db8::1/32",
            "::/129", "2001:db8::/2147483648", "::ffff:10.0.0.0/95", "::ffff:10.0.0.1/104", "localhost", "*",
        ])
    func refused(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
