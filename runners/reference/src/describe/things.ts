/** The 80 kinds of things of the COCO data set, in the order of the detector's classes. */
export const things: readonly string[] =
  `person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,bench,bird,cat,dog,horse,\
sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,pair of skis,snowboard,ball,kite,baseball bat,\
baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,\
carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,dining table,toilet,tv,laptop,mouse,remote control,keyboard,cell phone,\
microwave,oven,toaster,sink,refrigerator,book,clock,vase,pair of scissors,teddy bear,hair drier,toothbrush`.split(",");
