internal import EventModel

extension MatchCode {
    /// What a placeholder took.
    struct Found {
        let kept: Range<Int>
        /// Where the text goes on.
        let end: Int
    }

    /// Takes a placeholder that knows its own end.
    func scan<Meter: StepMeter>(
        _ step: Step, _ text: Span<UInt8>, at place: Int, meter: inout Meter
    ) -> Found? {
        switch step.kind {
        case .ip: address(text, at: place, meter: &meter)
        case .host: host(text, at: place, takesFinalDot: step.takesFinalDot, meter: &meter)
        case .int: number(text, at: place, hasFraction: false, meter: &meter)
        case .number: number(text, at: place, hasFraction: true, meter: &meter)
        case .hex: hexadecimal(text, at: place, meter: &meter)
        case .quoted: quoted(text, at: place, meter: &meter)
        case .literal, .choice, .text, .word, .path, .user, .rest: nil
        }
    }

    private func number<Meter: StepMeter>(
        _ text: Span<UInt8>, at start: Int, hasFraction: Bool, meter: inout Meter
    ) -> Found? {
        var place = start
        if place < text.count, text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "+") { place += 1 }
        let first = place
        place = digitsEnd(text, at: place, meter: &meter)
        guard place > first else { return nil }
        if hasFraction, place + 1 < text.count, text[place] == UInt8(ascii: "."), isDigit(text[place + 1]) {
            place = digitsEnd(text, at: place + 1, meter: &meter)
        }
        return Found(kept: start..<place, end: place)
    }

    private func digitsEnd<Meter: StepMeter>(_ text: Span<UInt8>, at start: Int, meter: inout Meter) -> Int {
        var place = start
        while place < text.count, isDigit(text[place]) {
            meter.step()
            place += 1
        }
        return place
    }

    private func hexadecimal<Meter: StepMeter>(
        _ text: Span<UInt8>, at start: Int, meter: inout Meter
    ) -> Found? {
        var place = start
        if place + 1 < text.count, text[place] == UInt8(ascii: "0"), text[place + 1] | 0x20 == UInt8(ascii: "x") {
            place += 2
        }
        let first = place
        while place < text.count, hexadecimalValue(text[place]) != nil {
            meter.step()
            place += 1
        }
        guard place > first else { return nil }
        return Found(kept: start..<place, end: place)
    }

    private func quoted<Meter: StepMeter>(_ text: Span<UInt8>, at start: Int, meter: inout Meter) -> Found? {
        guard start < text.count, text[start] == UInt8(ascii: "\"") || text[start] == UInt8(ascii: "'") else {
            return nil
        }
        let quote = text[start]
        var place = start + 1
        while place < text.count, text[place] != quote {
            meter.step()
            place += quote == UInt8(ascii: "\"") && text[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < text.count else { return nil }
        return Found(kept: start + 1..<place, end: place + 1)
    }

    private func host<Meter: StepMeter>(
        _ text: Span<UInt8>, at start: Int, takesFinalDot: Bool, meter: inout Meter
    ) -> Found? {
        let found = address(text, at: start, meter: &meter)
        if let found, found.end == text.count || !isHostByte(text[found.end]) || text[found.end] == UInt8(ascii: ".") {
            return found
        }
        var place = start
        while place < text.count, isHostByte(text[place]) {
            meter.step()
            place += 1
        }
        if !takesFinalDot, place > start, text[place - 1] == UInt8(ascii: ".") { place -= 1 }
        guard place > start else { return nil }
        return Found(kept: start..<place, end: place)
    }

    private func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

// RFC 4291, section 2.2, and RFC 4007, section 11, for the zone.
extension MatchCode {
    /// An IP address, with or without brackets and zone.
    private func address<Meter: StepMeter>(
        _ text: Span<UInt8>, at start: Int, meter: inout Meter
    ) -> Found? {
        let isBracketed = start < text.count && text[start] == UInt8(ascii: "[")
        let first = isBracketed ? start + 1 : start
        guard let end = version4End(text, at: first, meter: &meter) ?? version6End(text, at: first, meter: &meter)
        else { return nil }
        var place = zoneEnd(text, at: end, meter: &meter)
        if isBracketed {
            guard place < text.count, text[place] == UInt8(ascii: "]") else { return nil }
            place += 1
        }
        return Found(kept: first..<end, end: place)
    }

    private func zoneEnd<Meter: StepMeter>(_ text: Span<UInt8>, at start: Int, meter: inout Meter) -> Int {
        guard start < text.count, text[start] == UInt8(ascii: "%") else { return start }
        var place = start + 1
        while place < text.count, isHostByte(text[place]), text[place] < 0x80 {
            meter.step()
            place += 1
        }
        return place > start + 1 ? place : start
    }

    /// Four numbers up to 255, not followed by a letter, a digit, or more of a name.
    private func version4End<Meter: StepMeter>(_ text: Span<UInt8>, at start: Int, meter: inout Meter) -> Int? {
        var place = start
        for number in 0..<4 {
            if number > 0 {
                guard place < text.count, text[place] == UInt8(ascii: ".") else { return nil }
                place += 1
            }
            var value = 0
            let first = place
            while place < text.count, place - first < 3, isDigit(text[place]) {
                meter.step()
                value = value * 10 + Int(text[place] - 0x30)
                place += 1
            }
            guard place > first, value <= 255 else { return nil }
        }
        guard place < text.count else { return place }
        if isWordByte(text[place]) { return nil }
        let isMore = text[place] == UInt8(ascii: ".") && place + 1 < text.count && isWordByte(text[place + 1])
        return isMore ? nil : place
    }

    /// Eight groups, or fewer with one `::`; the last two may be written as an IPv4 address.
    private func version6End<Meter: StepMeter>(_ text: Span<UInt8>, at start: Int, meter: inout Meter) -> Int? {
        let colon = UInt8(ascii: ":")
        var place = start
        var groupCount = 0
        var isShortened = false
        if place + 1 < text.count, text[place] == colon, text[place + 1] == colon {
            isShortened = true
            place += 2
        }
        while groupCount < 8 {
            let first = place
            while place < text.count, place - first < 4, hexadecimalValue(text[place]) != nil {
                meter.step()
                place += 1
            }
            guard place > first else { break }
            if groupCount > 0 || isShortened, place < text.count, text[place] == UInt8(ascii: "."),
                let end = version4End(text, at: first, meter: &meter)
            {
                groupCount += 2
                place = end
                break
            }
            groupCount += 1
            guard groupCount < 8, place + 1 < text.count, text[place] == colon else { break }
            if text[place + 1] == colon {
                guard !isShortened else { break }
                isShortened = true
                place += 2
            } else if hexadecimalValue(text[place + 1]) != nil {
                place += 1
            } else {
                break
            }
        }
        guard isShortened ? groupCount < 8 : groupCount == 8 else { return nil }
        return place < text.count && isWordByte(text[place]) ? nil : place
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}

/// Whether a byte is a decimal digit.
@inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
