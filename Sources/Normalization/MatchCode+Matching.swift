private let space: UInt8 = 0x20

/// Whether a byte is white space, or a control character, which no word holds.
@inline(__always) func isWhiteSpace(_ byte: UInt8) -> Bool { byte <= space }

extension MatchCode {
    /// Matches a whole text, as `Pattern.swift` says.
    ///
    /// - Parameters:
    ///   - range: the text, without white space around it.
    ///   - captures: takes what is kept, also of a match that fails later; large enough for every slot.
    func match<Meter: StepMeter>(
        _ pattern: Int, _ bytes: Span<UInt8>, in range: Range<Int>, captures: inout [CaptureRange],
        meter: inout Meter
    ) -> Bool {
        var index = Int(starts[pattern])
        let end = Int(starts[pattern + 1])
        let text = bytes.extracting(0..<range.upperBound)
        var place = range.lowerBound
        while index < end {
            let step = steps[index]
            var kept = place..<place
            switch step.kind {
            case .literal:
                guard let next = literalEnd(step, text, at: place, meter: &meter) else { return false }
                place = next
            case .choice:
                guard let next = choiceEnd(step, text, at: place, meter: &meter) else { return false }
                kept = place..<next
                place = next
            case .text, .word, .path, .user:
                guard let (found, next) = open(step, index, end, text, at: place, meter: &meter) else { return false }
                kept = found
                place = next
                index += index + 1 < end && steps[index + 1].kind == .literal ? 1 : 0
            case .rest:
                kept = place..<text.count
                place = text.count
            case .ip, .host, .int, .number, .hex, .quoted:
                guard let found = scan(step, text, at: place, meter: &meter) else { return false }
                kept = found.kept
                place = found.end
            }
            if step.slot >= 0 { captures[Int(step.slot)] = CaptureRange(kept) }
            index += 1
        }
        return place == text.count
    }

    /// Takes an open placeholder and the literal after it.
    ///
    /// - Returns: what it keeps, and where the text goes on.
    private func open<Meter: StepMeter>(
        _ step: Step, _ index: Int, _ end: Int, _ text: Span<UInt8>, at place: Int, meter: inout Meter
    ) -> (kept: Range<Int>, next: Int)? {
        let first = step.kind == .user ? place : place + 1
        guard first <= text.count, step.kind != .path || text[place] == UInt8(ascii: "/") else { return nil }
        var kept = place..<text.count
        var next = text.count
        let isFollowed = index + 1 < end && steps[index + 1].kind == .literal
        if index + 1 < end, !isFollowed {
            next = wordEnd(text, at: place, meter: &meter)
            kept = place..<next
        } else if index + 2 == end {
            guard let start = literalStart(steps[index + 1], text, from: first, meter: &meter) else { return nil }
            kept = place..<start
        } else if index + 1 < end {
            let isClosed = step.kind == .word || step.kind == .path
            let found = find(
                steps[index + 1], text, from: first, isLast: step.kind == .user, withinWord: isClosed, meter: &meter)
            guard let found else { return nil }
            kept = place..<found.lowerBound
            next = found.upperBound
        }
        if step.kind == .word || step.kind == .path {
            guard !kept.isEmpty else { return nil }
            for place in kept {
                meter.step()
                if isWhiteSpace(text[place]) { return nil }
            }
        }
        return (kept, next)
    }

    private func wordEnd<Meter: StepMeter>(_ text: Span<UInt8>, at place: Int, meter: inout Meter) -> Int {
        var place = place
        while place < text.count, !isWhiteSpace(text[place]) {
            meter.step()
            place += 1
        }
        return place
    }

    /// Where a literal ends that stands at a place; `nil` when it does not.
    private func literalEnd<Meter: StepMeter>(
        _ step: Step, _ text: Span<UInt8>, at place: Int, meter: inout Meter
    ) -> Int? {
        let last = Int(step.start + step.count) - 1
        var place = place
        for index in Int(step.start)...last {
            meter.step()
            guard place < text.count else {
                return step.spaceMayEnd && index == last && pool[last] == space ? place : nil
            }
            guard text[place] == pool[index] else { return nil }
            place += 1
            if pool[index] == space, index < last || !step.endsExactly {
                place = spacesEnd(text, at: place, meter: &meter)
            }
        }
        return place
    }

    /// The place after the spaces that stand there.
    private func spacesEnd<Meter: StepMeter>(_ text: Span<UInt8>, at place: Int, meter: inout Meter) -> Int {
        var place = place
        while place < text.count, text[place] == space {
            meter.step()
            place += 1
        }
        return place
    }

    /// Where the longest text of a choice ends that stands there.
    private func choiceEnd<Meter: StepMeter>(
        _ step: Step, _ text: Span<UInt8>, at place: Int, meter: inout Meter
    ) -> Int? {
        for number in Int(step.start)..<Int(step.start + step.count) {
            let choice = choices[number]
            guard choice.count > 0 else { return place }
            var literal = Step(kind: .literal)
            literal.start = choice.start
            literal.count = choice.count
            if let end = literalEnd(literal, text, at: place, meter: &meter) { return end }
        }
        return nil
    }

    /// Where a literal begins that ends with the text, not before `first`.
    private func literalStart<Meter: StepMeter>(
        _ step: Step, _ text: Span<UInt8>, from first: Int, meter: inout Meter
    ) -> Int? {
        var place = text.count
        for index in (Int(step.start)..<Int(step.start + step.count)).reversed() {
            meter.step()
            guard place > first, text[place - 1] == pool[index] else { return nil }
            place -= 1
            let isFirst = index == Int(step.start)
            if pool[index] == space, !isFirst || !step.beginsExactly {
                while place > first, text[place - 1] == space {
                    meter.step()
                    place -= 1
                }
            }
        }
        return place
    }

    /// Finds a literal; each byte of the text is looked at once, and at most once more.
    ///
    /// - Parameters:
    ///   - isLast: find its last place instead of its first one.
    ///   - withinWord: give up when white space comes before it.
    private func find<Meter: StepMeter>(
        _ step: Step, _ text: Span<UInt8>, from first: Int, isLast: Bool, withinWord: Bool, meter: inout Meter
    ) -> Range<Int>? {
        let start = Int(step.start)
        let count = Int(step.count)
        var found: Int?
        var length = 0
        var place = first
        let head = pool[start]
        while place < text.count {
            if length == 0 {
                // Most of the time is spent here: to the next byte that can begin the literal.
                while place < text.count, text[place] != head {
                    meter.step()
                    if withinWord, isWhiteSpace(text[place]) { return nil }
                    place += 1
                }
                guard place < text.count else { break }
            }
            let byte = text[place]
            meter.step()
            if byte == space, place > first, text[place - 1] == space {
                place += 1
                continue
            }
            while length > 0, pool[start + length] != byte {
                meter.step()
                length = Int(borders[start + length - 1])
            }
            if pool[start + length] == byte { length += 1 }
            place += 1
            if length == count {
                found = place
                guard isLast else { break }
                length = Int(borders[start + count - 1])
            } else if withinWord, length == 0, isWhiteSpace(byte) {
                return nil
            }
        }
        if step.spaceMayEnd, length == count - 1, place == text.count, found == nil || isLast {
            var literal = step
            literal.count -= 1
            return (literalStart(literal, text, from: first, meter: &meter) ?? place)..<place
        }
        guard let found else { return nil }
        return range(of: step, endingAt: found, text, from: first, meter: &meter)
    }

    /// The range of a literal of which the last byte stands before a place.
    private func range<Meter: StepMeter>(
        of step: Step, endingAt end: Int, _ text: Span<UInt8>, from first: Int, meter: inout Meter
    ) -> Range<Int> {
        let start = literalStart(step, text.extracting(0..<end), from: first, meter: &meter) ?? end
        let endsWithSpace = pool[Int(step.start + step.count) - 1] == space
        return start..<(endsWithSpace && !step.endsExactly ? spacesEnd(text, at: end, meter: &meter) : end)
    }
}
