# What a row is computed from has a column where a layer needs it, and is named in drawings.
cat > a.yaml <<'END'
input: 4x8x8
layers:
  - conv: {name: c, filters: 4, kernel: 3, dilation: 2, pad: 2, groups: 2, bias: false}
  - conv: {name: d, filters: 4, kernel: 3, dilation: 2, pad: 2, groups: 2, bias: false, share: c}
  - upsample: {name: u, scale: 2}
  - deconv: {name: t, filters: 2, kernel: 3, stride: 2, pad: 1, output_pad: 1}
  - pad: {name: p, pad: 1, channels: 3}
END
for format in table md; do
    "$CNNC" check a.yaml --format $format | sed '/^$/,$!d' | head -n 12
done
"$CNNC" check a.yaml --only p --format csv
"$CNNC" check a.yaml --format dot | grep label=
"$CNNC" check a.yaml --format svg | grep -o '>[a-z,]* [^<]*\(dilation\|scale\|output pad\|channels\)[^<]*'
"$CNNC" check a.yaml --format json | jq -c '.layers[] | [.name, .dilation, .groups, .scale, .output_pad, .channels, .pad, .bias, .share]'
"$CNNC" check "$TOP/specs/lenet5.yaml" --only 'conv*' | sed -n 3,5p
