<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<!-- What Qt has given a key since its own catalogue was made. Read by Qt as qtbase_ko.qm: pyside6-lrelease qtbase_ko.ts -->
<TS version="2.1" language="ko" sourcelanguage="en">
<context>
    <name>QFileDialog</name>
    <message>
        <source>&amp;Look in:</source>
        <translation>다음에서 찾기(&amp;L):</translation>
    </message>
    <message>
        <source>Files of &amp;type:</source>
        <translation>파일 형식(&amp;T):</translation>
    </message>
</context>
</TS>
