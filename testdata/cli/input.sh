# fc on a larger map is a convolution; no parameter changes.
printf '%s\n' 'input: 1x5x5' 'layers: [conv: {filters: 2, kernel: 3}, fc: {units: 4}]' >net.yaml
"$CNNC" check net.yaml --input 1x7x8 --columns name,output,params,macs
